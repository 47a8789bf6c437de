"""A project whose migrations go through what databases do each in their own way, as source text for real Django and us.

Each step can be applied on any database. The first version of Django that knows a step stands beside it.
"""

from __future__ import annotations

from pathlib import Path

from sql.shop import write_migrations

Number = tuple[int, int]

INITIAL = """
    migrations.CreateModel("Shop", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=40, unique=True)),
        ("code", models.PositiveIntegerField(unique=True)),
        ("floor", models.PositiveSmallIntegerField(default=0)),
        ("staff", models.PositiveIntegerField(null=True)),
        ("about", models.TextField(default="")),
        ("plan", models.JSONField(default=dict)),
        ("logo", models.BinaryField(null=True)),
        ("opens", models.TimeField(null=True)),
        ("town", models.CharField(max_length=30, db_index=True)),
        ("open", models.BooleanField(default=True)),
    ], options={"unique_together": {("name", "town")}}),
    migrations.CreateModel("Stall", [
        ("id", models.AutoField(primary_key=True)),
        ("shop", models.ForeignKey("market.Shop", models.CASCADE)),
        ("by_code", models.ForeignKey("market.Shop", models.CASCADE, to_field="code", related_name="+")),
        ("owner", models.OneToOneField("market.Shop", models.CASCADE, related_name="+", null=True)),
        ("next", models.ForeignKey("self", models.SET_NULL, null=True)),
        ("size", models.DecimalField(max_digits=5, decimal_places=2)),
        ("guests", models.ManyToManyField("market.Shop", related_name="guests")),
        ("like", models.ManyToManyField("self")),
    ], options={"indexes": [models.Index(fields=["size", "-shop"], name="stall_size")]}),
"""

STEPS: tuple[tuple[Number, str], ...] = (
    # Columns that are added, with values of every kind.
    ((4, 2), 'migrations.AddField("Shop", "rent", models.IntegerField(default=7)),'),
    ((4, 2), 'migrations.AddField("Shop", "ratio", models.FloatField(default=1.5)),'),
    ((4, 2), 'migrations.AddField("Shop", "paid", models.BooleanField(default=False)),'),
    ((4, 2), 'migrations.AddField("Shop", "paying", models.BooleanField(null=True)),'),
    ((4, 2), 'migrations.AddField("Shop", "motto", models.TextField(default="it\'s \\\\ 5%")),'),
    ((4, 2), 'migrations.AddField("Shop", "song", models.TextField(default="")),'),
    ((4, 2), 'migrations.AddField("Shop", "tags", models.JSONField(default=list)),'),
    ((4, 2), 'migrations.AddField("Shop", "more", models.JSONField(null=True)),'),
    ((4, 2), 'migrations.AddField("Shop", "token", models.UUIDField(default="0" * 32)),'),
    ((4, 2), 'migrations.AddField("Shop", "since", models.DateField(default="2020-02-03")),'),
    (
        (4, 2),
        'migrations.AddField("Shop", "wait", models.DurationField(default=datetime.timedelta(days=1, seconds=2))),',
    ),
    (
        (4, 2),
        'migrations.AddField("Shop", "price", models.DecimalField(max_digits=9, decimal_places=3, default="1.5")),',
    ),
    ((4, 2), 'migrations.AddField("Shop", "address", models.GenericIPAddressField(null=True, unique=True)),'),
    ((4, 2), 'migrations.AddField("Shop", "page", models.SlugField(default="a")),'),
    ((4, 2), 'migrations.AddField("Shop", "seats", models.PositiveBigIntegerField(default=3, db_index=True)),'),
    ((4, 2), 'migrations.AddField("Shop", "kept", models.IntegerField(null=True, db_column="kept by")),'),
    ((4, 2), 'migrations.AddField("Shop", "noted", models.IntegerField(null=True, db_comment="what\'s \\\\ kept")),'),
    (
        (4, 2),
        'migrations.AddField("Stall", "rival", models.ForeignKey("market.Shop", models.CASCADE, null=True, '
        'related_name="+")),',
    ),
    (
        (4, 2),
        'migrations.AddField("Stall", "loose", models.ForeignKey("market.Shop", models.CASCADE, null=True, '
        'related_name="+", db_constraint=False)),',
    ),
    (
        (4, 2),
        'migrations.AddField("Stall", "bare", models.ForeignKey("market.Shop", models.CASCADE, null=True, '
        'related_name="+", db_index=False)),',
    ),
    # Checks that come with a type.
    ((4, 2), 'migrations.AlterField("Shop", "code", models.PositiveIntegerField(unique=True, default=1)),'),
    ((4, 2), 'migrations.AlterField("Shop", "floor", models.SmallIntegerField(default=0)),'),
    ((4, 2), 'migrations.AlterField("Shop", "floor", models.PositiveSmallIntegerField(default=0)),'),
    ((4, 2), 'migrations.RenameField("Shop", "floor", "level"),'),
    ((4, 2), 'migrations.AlterField("Shop", "level", models.CharField(max_length=5)),'),
    ((4, 2), 'migrations.RenameField("Shop", "seats", "chairs"),'),
    ((4, 2), 'migrations.AlterField("Shop", "chairs", models.IntegerField(null=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "staff", models.PositiveIntegerField(default=1)),'),
    ((4, 2), 'migrations.AlterField("Shop", "staff", models.BigIntegerField(default=1)),'),
    ((4, 2), 'migrations.AlterField("Shop", "tags", models.TextField()),'),
    ((4, 2), 'migrations.RenameField("Shop", "plan", "scheme"),'),
    ((4, 2), 'migrations.AlterField("Shop", "scheme", models.JSONField(null=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "scheme", models.TextField(null=True)),'),
    # Types, nullability and defaults.
    ((4, 2), 'migrations.AlterField("Shop", "about", models.CharField(max_length=200, default="none")),'),
    ((4, 2), 'migrations.AlterField("Shop", "about", models.TextField(null=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "about", models.TextField(default="gone")),'),
    ((4, 2), 'migrations.AlterField("Shop", "name", models.CharField(max_length=80)),'),
    ((4, 2), 'migrations.AlterField("Shop", "name", models.CharField(max_length=80, unique=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "town", models.TextField()),'),
    ((4, 2), 'migrations.AlterField("Shop", "town", models.CharField(max_length=30, db_index=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "page", models.CharField(max_length=50)),'),
    ((4, 2), 'migrations.AlterField("Shop", "paying", models.BooleanField(default=True)),'),
    (
        (4, 2),
        'migrations.AlterField("Shop", "price", models.DecimalField(max_digits=12, decimal_places=2, null=True)),',
    ),
    ((4, 2), 'migrations.AlterField("Shop", "opens", models.TimeField(default="08:30")),'),
    ((4, 2), 'migrations.AlterField("Shop", "kept", models.IntegerField(default=4, db_column="kept")),'),
    ((4, 2), 'migrations.AlterField("Shop", "noted", models.IntegerField(null=True, db_comment="more")),'),
    ((4, 2), 'migrations.AlterField("Shop", "noted", models.BigIntegerField(default=1)),'),
    ((4, 2), 'migrations.RunSQL([("SELECT %s, %s", ["5%", 1])], migrations.RunSQL.noop),'),
    ((4, 2), 'migrations.AlterModelTableComment("Shop", "a \\"shop\\""),'),
    ((4, 2), 'migrations.AlterModelTableComment("Shop", None),'),
    ((5, 0), 'migrations.AddField("Shop", "stars", models.IntegerField(db_default=3)),'),
    ((5, 0), 'migrations.AddField("Shop", "word", models.CharField(max_length=9, db_default="a\'b")),'),
    ((5, 0), 'migrations.AddField("Shop", "page2", models.TextField(db_default="x")),'),
    ((5, 0), 'migrations.AddField("Shop", "made", models.DateTimeField(db_default=models.functions.Now())),'),
    ((5, 0), 'migrations.AddField("Shop", "sum", models.FloatField(db_default=models.Value(2) + models.Value(3))),'),
    ((5, 0), 'migrations.AlterField("Shop", "stars", models.IntegerField(db_default=4, null=True)),'),
    ((5, 0), 'migrations.AlterField("Shop", "stars", models.BigIntegerField(db_default=4)),'),
    ((5, 0), 'migrations.AlterField("Shop", "stars", models.BigIntegerField()),'),
    ((5, 0), 'migrations.AlterField("Shop", "word", models.CharField(max_length=19, db_default="c")),'),
    (
        (5, 0),
        'migrations.AddField("Shop", "twice", models.GeneratedField(expression=models.F("rent") * 2, '
        "output_field=models.IntegerField(), db_persist=True)),",
    ),
    ((5, 0), 'migrations.RemoveField("Shop", "twice"),'),
    # Keys, and what points to them.
    ((4, 2), 'migrations.AlterField("Stall", "id", models.BigAutoField(primary_key=True)),'),
    ((4, 2), 'migrations.AlterField("Shop", "code", models.PositiveBigIntegerField(unique=True)),'),
    (
        (4, 2),
        'migrations.AlterField("Stall", "rival", models.OneToOneField("market.Shop", models.CASCADE, null=True, '
        'related_name="+")),',
    ),
    (
        (4, 2),
        'migrations.AlterField("Stall", "owner", models.ForeignKey("market.Shop", models.CASCADE, '
        'related_name="+", null=True)),',
    ),
    (
        (4, 2),
        'migrations.AlterField("Stall", "loose", models.ForeignKey("market.Shop", models.CASCADE, null=True, '
        'related_name="+")),',
    ),
    ((4, 2), 'migrations.AlterField("Stall", "bare", models.IntegerField(null=True)),'),
    ((4, 2), 'migrations.RenameField("Stall", "shop", "home"),'),
    ((4, 2), 'migrations.RemoveField("Stall", "loose"),'),
    (
        (6, 1),
        'migrations.AlterField("Stall", "rival", models.OneToOneField("market.Shop", models.DB_CASCADE, '
        'null=True, related_name="+")),',
    ),
    # Indexes and constraints.
    ((4, 2), 'migrations.AddIndex("Shop", models.Index(fields=["rent", "-ratio"], name="shop_rent")),'),
    ((4, 2), 'migrations.RenameIndex("Shop", new_name="shop_rented", old_name="shop_rent"),'),
    ((4, 2), 'migrations.RemoveIndex("Shop", "shop_rented"),'),
    ((4, 2), 'migrations.AddIndex("Shop", models.Index(models.functions.Upper("name").desc(), name="shop_upper")),'),
    (
        (4, 2),
        'migrations.AddIndex("Shop", models.Index(fields=["rent"], name="shop_some", condition=models.Q(rent__gt=3))),',
    ),
    (
        (4, 2),
        'migrations.AddConstraint("Shop", models.CheckConstraint(name="shop_sane", **{CONDITION: '
        'models.Q(rent__gte=0) & ~models.Q(name__startswith="x%") | models.Q(paid=True, paying__isnull=False)})),',
    ),
    ((4, 2), 'migrations.RemoveConstraint("Shop", "shop_sane"),'),
    ((4, 2), 'migrations.AddConstraint("Shop", models.UniqueConstraint(fields=["rent", "ratio"], name="shop_two")),'),
    (
        (4, 2),
        'migrations.AddConstraint("Shop", models.UniqueConstraint(models.functions.Lower("name"), "rent", '
        'name="shop_low")),',
    ),
    (
        (4, 2),
        'migrations.AddConstraint("Shop", models.UniqueConstraint(fields=["rent"], name="shop_if", '
        "condition=models.Q(paid=True))),",
    ),
    (
        (4, 2),
        'migrations.AddConstraint("Shop", models.UniqueConstraint(fields=["ratio"], name="shop_late", '
        "deferrable=models.Deferrable.DEFERRED)),",
    ),
    ((4, 2), 'migrations.RemoveConstraint("Shop", "shop_two"),'),
    ((4, 2), 'migrations.AlterUniqueTogether("Shop", {("name", "rent")}),'),
    ((4, 2), 'migrations.AlterUniqueTogether("Shop", set()),'),
    # Tables.
    ((4, 2), 'migrations.AlterOrderWithRespectTo("Stall", "home"),'),
    ((4, 2), 'migrations.RenameModel("Shop", "Store"),'),
    ((4, 2), 'migrations.AlterField("Store", "code", models.IntegerField(unique=True)),'),
    ((4, 2), 'migrations.AlterModelTable("Stall", "booth"),'),
    ((4, 2), 'migrations.RemoveField("Stall", "guests"),'),
    ((4, 2), 'migrations.DeleteModel("Stall"),'),
)


def write_market(root: Path, django: Number) -> list[str]:
    """The project's files for a version of Django; the names of its migrations."""
    steps = [text for since, text in STEPS if since <= django]
    return write_migrations(root, "market", (INITIAL, *steps), "condition" if django >= (5, 1) else "check")
