"""Random histories of operations over a few models, as real Django operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import django
from django.db import migrations, models

try:
    from django.contrib.postgres.operations import AddIndexConcurrently, CreateCollation, RemoveCollation
except ImportError:  # No driver for PostgreSQL: its operations are left out.
    AddIndexConcurrently = CreateCollation = RemoveCollation = None

CHECK = "condition" if django.VERSION >= (5, 1) else "check"
MODELS = ("Author", "Book", "Shelf")
FIELDS = ("id", "name", "age", "Code", "owner", "friends")


def noop(apps: Any, schema_editor: Any) -> None:
    """A function for RunPython."""


class History:
    """Makes operations that fit what happened before most of the time, and do not now and then."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.models: dict[str, set[str]] = {}

    def pick(self, *items: Any) -> Any:
        return self.random.choice(items)

    def model(self) -> str:
        known = sorted(self.models) if self.models and self.random.random() < 0.95 else MODELS
        name = self.random.choice(list(known))
        return self.pick(name, name, name.lower())

    def field_name(self, model: str) -> str:
        fields = next((sorted(fields) for name, fields in self.models.items() if name.lower() == model.lower()), [])
        return self.random.choice(fields) if fields and self.random.random() < 0.9 else self.pick(*FIELDS)

    def new_name(self, model: str) -> str:
        taken = next((fields for name, fields in self.models.items() if name.lower() == model.lower()), set())
        free = [name for name in (*FIELDS, "more", "extra", "spare", "rest", "left") if name not in taken]
        return self.random.choice(free or FIELDS) if self.random.random() < 0.95 else self.pick(*FIELDS)

    def target(self) -> str:
        return self.pick(*(f"app.{name}" for name in MODELS), "self", "other.Thing", self.pick(*MODELS))

    def field(self) -> Any:
        match self.random.randrange(9):
            case 0:
                return models.CharField(max_length=self.pick(10, 20), default="x")
            case 1:
                return models.IntegerField(default=self.pick(0, 1), db_column=self.pick(None, "col"))
            case 2:
                return models.ForeignKey(self.target(), models.CASCADE)
            case 3:
                return models.ForeignKey(self.target(), models.CASCADE, to_field=self.pick(*FIELDS))
            case 4:
                return models.ManyToManyField(self.target())
            case 5:
                return models.ManyToManyField(
                    self.target(), through=self.target_class(), through_fields=(self.pick(*FIELDS), self.pick(*FIELDS))
                )
            case 6:
                return models.ForeignObject(
                    self.target(), models.CASCADE, from_fields=[self.pick(*FIELDS)], to_fields=[self.pick(*FIELDS)]
                )
            case 7 if hasattr(models, "GeneratedField"):
                expression = self.pick(models.F("age") + 1, models.functions.Lower("name"), models.Value(3))
                return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)
            case _:
                return models.TextField(null=True)

    def target_class(self) -> str:
        return self.pick(*(f"app.{name}" for name in MODELS))

    def index(self) -> Any:
        fields = self.random.sample(FIELDS, 2)
        return models.Index(fields=fields, name=self.pick("i1", "i2", "i3"))

    def constraint(self) -> Any:
        name = self.pick("c1", "c2", "c3")
        if self.random.random() < 0.5:
            return models.UniqueConstraint(fields=[self.pick(*FIELDS)], name=name)
        return models.CheckConstraint(**{CHECK: models.Q(age__gt=self.pick(1, 2)), "name": name})

    def together(self) -> Any:
        pairs = [tuple(self.random.sample(FIELDS, 2)) for _ in range(self.pick(1, 2))]
        return self.pick(set(pairs), set(pairs), pairs, set(), None if self.random.random() < 0.3 else set(pairs))

    def options(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, make in OPTIONS.items():
            if self.random.random() < 0.2:
                made[name] = make(self)
        return made

    def create(self) -> Any:
        name = self.pick(*MODELS)
        fields = [("id", models.AutoField(primary_key=True))]
        names = self.random.sample(FIELDS[1:], self.random.randrange(1, 4))
        fields += [(field, self.field()) for field in names]
        options = self.options()
        for option, make in (("indexes", self.index), ("constraints", self.constraint)):
            if self.random.random() < 0.2:
                options[option] = [make()]
        if self.random.random() < 0.2:
            options["unique_together"] = {tuple(self.random.sample(FIELDS, 2))}
        if self.random.random() < 0.2:
            options["index_together"] = {tuple(self.random.sample(FIELDS, 2))}
        if self.random.random() < 0.1:
            options["order_with_respect_to"] = self.pick(*FIELDS)
        if self.random.random() < 0.1:
            options["proxy"] = self.pick(True, False)
        extra: dict[str, Any] = {}
        if self.random.random() < 0.2:
            extra["bases"] = (self.target_class(),)
        if self.random.random() < 0.2:
            extra["managers"] = [(self.pick("objects", "things"), models.Manager())]
        self.models = {known: names for known, names in self.models.items() if known.lower() != name.lower()}
        self.models[name] = {"id", *names}
        return migrations.CreateModel(name, fields, options, **extra)

    def delete(self) -> Any:
        name = self.model()
        self.models = {known: fields for known, fields in self.models.items() if known.lower() != name.lower()}
        return migrations.DeleteModel(name)

    def rename(self) -> Any:
        old, new = self.model(), self.pick(*MODELS)
        fields = next((self.models.pop(known) for known in list(self.models) if known.lower() == old.lower()), set())
        self.models[new] = fields
        return migrations.RenameModel(old, new)

    def set_field(self) -> Any:
        model, cls = self.model(), self.pick(migrations.AddField, migrations.AlterField)
        name = self.new_name(model) if cls is migrations.AddField else self.field_name(model)
        for known, fields in self.models.items():
            if known.lower() == model.lower():
                fields.add(name)
        return cls(model, name, self.field(), preserve_default=self.pick(True, True, False))

    def remove_field(self) -> Any:
        model = self.model()
        name = self.field_name(model)
        for known, fields in self.models.items():
            if known.lower() == model.lower():
                fields.discard(name)
        return migrations.RemoveField(model, name)

    def rename_field(self) -> Any:
        model = self.model()
        old, new = self.field_name(model), self.new_name(model)
        for known, fields in self.models.items():
            if known.lower() == model.lower() and old in fields:
                fields.discard(old)
                fields.add(new)
        return migrations.RenameField(model, old, new)

    def option(self) -> Any:
        name = self.model()
        return self.pick(
            lambda: migrations.AlterModelTable(name, self.pick("table", None)),
            lambda: migrations.AlterModelTableComment(name, self.pick("words", None)),
            lambda: migrations.AlterUniqueTogether(name, self.together()),
            lambda: migrations.AlterIndexTogether(name, self.together()),
            lambda: migrations.AlterOrderWithRespectTo(name, self.pick(None, *FIELDS)),
            lambda: migrations.AlterModelOptions(name, self.options()),
            lambda: migrations.AlterModelManagers(name, [(self.pick("objects", "things"), models.Manager())]),
        )()

    def object(self) -> Any:
        name, index, constraint = self.model(), self.pick("i1", "i2", "i3"), self.pick("c1", "c2", "c3")
        choices: list[Callable[[], Any]] = [
            lambda: migrations.AddIndex(name, self.index()),
            lambda: (AddIndexConcurrently or migrations.AddIndex)(name, self.index()),
            lambda: migrations.RemoveIndex(name, index),
            lambda: migrations.RenameIndex(name, new_name=self.pick("i1", "i2", "i3"), old_name=index),
            lambda: migrations.RenameIndex(name, new_name=index, old_fields=tuple(self.random.sample(FIELDS, 2))),
            lambda: migrations.AddConstraint(name, self.constraint()),
            lambda: migrations.RemoveConstraint(name, constraint),
        ]
        if hasattr(migrations, "AlterConstraint"):
            choices.append(lambda: migrations.AlterConstraint(name, constraint, self.constraint()))
        return self.random.choice(choices)()

    def special(self) -> Any:
        if CreateCollation and self.random.random() < 0.3:
            return self.pick(CreateCollation, RemoveCollation)("german", "de")
        return self.pick(
            lambda: migrations.RunPython(noop, elidable=self.pick(True, False)),
            lambda: migrations.RunSQL("SELECT 1", elidable=self.pick(True, False)),
            lambda: migrations.RunSQL("SELECT 1", state_operations=[self.set_field()]),
            lambda: migrations.SeparateDatabaseAndState([], [self.set_field(), self.rename_field()]),
        )()

    def operation(self) -> Any:
        if len(self.models) < 2 and self.random.random() < 0.7:
            return self.create()
        kinds = (
            [self.create] * 2
            + [self.delete, self.rename, self.special]
            + [self.set_field] * 6
            + [self.remove_field] * 2
            + [self.rename_field] * 4
            + [self.option] * 5
            + [self.object] * 5
        )
        return self.random.choice(kinds)()


OPTIONS: dict[str, Callable[[History], Any]] = {
    "ordering": lambda h: h.pick(["name"], ["-age"]),
    "verbose_name": lambda h: h.pick("thing", "stuff"),
    "managed": lambda h: h.pick(True, False),
    "abstract_note": lambda h: 1,
    "db_table": lambda h: "table2",
}
