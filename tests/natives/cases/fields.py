"""Fields of django.db.models: each lower-case name is a case."""

import datetime
import uuid
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinLengthValidator, RegexValidator, validate_slug
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    DRAFT = "d", _("Draft")
    PUBLISHED = "p"
    OLD_ONE = "old"

    __empty__ = _("None of these")


class Size(models.IntegerChoices):
    SMALL = 1
    LARGE = 2, "Very large"


def make_path(instance, name):
    return name


def some_choices():
    return [("a", "A")]


LETTERS = (("a", "A"), ["b", "B"])
GROUPS = [("Audio", (("vinyl", _("Vinyl")), ["cd", "CD"])), ("unknown", "Unknown")]

field = models.Field()
boolean = models.BooleanField()
boolean_default = models.BooleanField(default=False, null=True)
null_false = models.BooleanField(null=False, blank=False, editable=True, db_index=False, serialize=True)
boolean_verbose = models.BooleanField(_("Really?"), default=True, help_text=_("Say yes"))
char = models.CharField(max_length=10)
char_positional = models.CharField("the name", "other", False, 12)
char_collation = models.CharField(max_length=10, db_collation="nocase")
char_unique = models.CharField(max_length=10, unique=True, null=True, blank=True, default="", db_column="x")
char_none = models.CharField()
char_blank_help = models.CharField(max_length=3, help_text="", verbose_name=None, db_comment="said")
char_choices = models.CharField(max_length=10, choices=LETTERS, default="a")
char_choices_enum = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
char_choices_groups = models.CharField(max_length=10, choices=GROUPS)
char_choices_generator = models.CharField(max_length=10, choices=((str(n), n) for n in range(3)))
char_choices_empty = models.CharField(max_length=10, choices=[])
char_choices_tuple = models.CharField(max_length=10, choices=())
int_choices_enum = models.IntegerField(choices=Size.choices, default=Size.LARGE)
int_choices_other = models.IntegerField(choices=[(1, "one"), (2, 2), (None, "-")])
char_validators = models.CharField(max_length=10, validators=[validate_slug, MinLengthValidator(2)])
char_validators_tuple = models.CharField(max_length=10, validators=(RegexValidator(r"^\d+$", message=_("digits")),))
char_validators_empty = models.CharField(max_length=10, validators=[])
char_errors = models.CharField(max_length=10, error_messages={"unique": _("Taken.")})
char_errors_empty = models.CharField(max_length=10, error_messages={})
char_unique_for = models.CharField(max_length=10, unique_for_date="day", unique_for_month="day", unique_for_year="day")
char_tablespace = models.CharField(max_length=10, db_tablespace="indexes", db_index=True)
char_auto_created = models.CharField(max_length=10, auto_created=True, serialize=False, editable=False)
comma = models.CommaSeparatedIntegerField(max_length=10)
date = models.DateField()
date_auto = models.DateField(auto_now=True)
date_auto_add = models.DateField("made", auto_now_add=True, editable=True, blank=False)
date_auto_false = models.DateField(auto_now=False, auto_now_add=False, editable=False)
date_auto_one = models.DateField(auto_now=1)
date_default = models.DateField(default=datetime.date(2020, 1, 2), blank=True)
datetime_ = models.DateTimeField(default=timezone.now)
datetime_auto = models.DateTimeField(auto_now_add=True, db_index=True)
time = models.TimeField(auto_now=True)
time_one = models.TimeField(auto_now=1, null=True)
time_plain = models.TimeField(blank=True)
decimal = models.DecimalField(max_digits=5, decimal_places=2)
decimal_positional = models.DecimalField("price", "price", 7, 3, default=Decimal("1.50"))
decimal_none = models.DecimalField(null=True)
duration = models.DurationField(default=datetime.timedelta(days=1))
email = models.EmailField()
email_length = models.EmailField(max_length=100)
email_default_length = models.EmailField(max_length=254)
file_path = models.FilePathField()
file_path_all = models.FilePathField(
    "p", path="/tmp", match=r"\d", recursive=True, allow_files=False, allow_folders=True, max_length=50
)
file_path_length = models.FilePathField(max_length=100)
float_ = models.FloatField(default=1.5)
integer = models.IntegerField(validators=[MaxValueValidator(5)])
big = models.BigIntegerField()
small = models.SmallIntegerField()
ip = models.IPAddressField()
ip_null = models.IPAddressField(null=True, max_length=20)
generic_ip = models.GenericIPAddressField()
generic_ip_all = models.GenericIPAddressField("ip", "ip", "both", True, null=True, blank=True)
generic_ip_length = models.GenericIPAddressField(max_length=12)
null_boolean = models.NullBooleanField()
null_boolean_default = models.NullBooleanField(default=True, verbose_name="x")
positive = models.PositiveIntegerField()
positive_big = models.PositiveBigIntegerField(primary_key=True)
positive_small = models.PositiveSmallIntegerField(default=0)
slug = models.SlugField()
slug_plain = models.SlugField(db_index=False, max_length=80)
slug_unicode = models.SlugField(allow_unicode=True, unique=True)
slug_positional = models.SlugField("slug")
text = models.TextField(blank=True, default="")
text_collation = models.TextField("words", db_collation="x", max_length=5)
url = models.URLField()
url_length = models.URLField("u", "u", max_length=500, blank=True)
url_default_length = models.URLField(max_length=200)
binary = models.BinaryField()
binary_editable = models.BinaryField(editable=True, max_length=10, default=b"")
uuid_ = models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True)
uuid_positional = models.UUIDField("id", null=True)
auto = models.AutoField(primary_key=True)
auto_all = models.AutoField("ID", auto_created=True, primary_key=True, serialize=False, blank=False)
big_auto = models.BigAutoField(primary_key=True)
small_auto = models.SmallAutoField(primary_key=True, db_column="pk")
file = models.FileField()
file_upload = models.FileField(upload_to="files/%Y")
file_callable = models.FileField("f", upload_to=make_path, max_length=300, null=True)
file_length = models.FileField(max_length=100, blank=True)
json = models.JSONField()
json_all = models.JSONField("data", "data", DjangoJSONEncoder, default=dict, null=True)
json_list = models.JSONField(default=list, blank=True)
order = models.OrderWrt()
lazy_help = models.CharField(max_length=1, help_text=pgettext_lazy("ctx", "Words"))
default_none = models.IntegerField(default=None, null=True)
null_zero = models.IntegerField(null=0)
foreign_key = models.ForeignKey("auth.Group", models.CASCADE)
foreign_key_all = models.ForeignKey(
    to="contenttypes.ContentType",
    on_delete=models.SET_NULL,
    null=True,
    blank=True,
    related_name="+",
    related_query_name="thing",
    limit_choices_to={"app_label": "x"},
    db_constraint=False,
    db_index=False,
    to_field="model",
)
foreign_key_same = models.ForeignKey("Other", models.PROTECT, "others")
foreign_key_self = models.ForeignKey("self", on_delete=models.DO_NOTHING, parent_link=True)
foreign_key_set = models.ForeignKey("auth.Group", on_delete=models.SET(1))
foreign_key_set_callable = models.ForeignKey("auth.Group", on_delete=models.SET(some_choices))
foreign_key_restrict = models.ForeignKey("auth.Group", on_delete=models.RESTRICT, default=1)
foreign_key_default = models.ForeignKey("auth.Group", on_delete=models.SET_DEFAULT, default=some_choices)
foreign_key_q = models.ForeignKey(
    "auth.Group", models.CASCADE, limit_choices_to=models.Q(name="a") | models.Q(name="b")
)
foreign_key_callable = models.ForeignKey("auth.Group", models.CASCADE, limit_choices_to=some_choices)
foreign_key_empty = models.ForeignKey("auth.Group", models.CASCADE, limit_choices_to={}, related_name="%(class)s_set")
foreign_key_primary = models.ForeignKey("auth.Group", models.CASCADE, primary_key=True)
one_to_one = models.OneToOneField("auth.Group", models.CASCADE)
one_to_one_all = models.OneToOneField(
    "Other",
    models.CASCADE,
    "code",
    unique=False,
    parent_link=True,
    primary_key=True,
    serialize=False,
    auto_created=True,
)
many = models.ManyToManyField("auth.Group")
many_all = models.ManyToManyField(
    to="auth.Group",
    related_name="x",
    related_query_name="y",
    limit_choices_to={"a": 1},
    symmetrical=False,
    db_table="t",
    db_constraint=False,
    blank=True,
    verbose_name="many",
    help_text="h",
)
many_through = models.ManyToManyField("auth.Group", through="some.Membership")
many_through_name = models.ManyToManyField("Group", through="Membership", related_name="+", swappable=False)
many_self = models.ManyToManyField("self", symmetrical=True, blank=True, null=True)
foreign_object = models.ForeignObject("auth.Group", models.CASCADE, from_fields=["a", "b"], to_fields=["c", "d"])
foreign_object_all = models.ForeignObject(
    "X", models.DO_NOTHING, ["a"], ["c"], related_name="n", null=True, db_index=True
)
generic_ip_four = models.GenericIPAddressField(protocol="IPv4")
