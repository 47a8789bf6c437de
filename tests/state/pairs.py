"""Operations on a few models and fields, one or more of each kind, so that every pair of rules is met."""

from __future__ import annotations

from typing import Any

from django.db import migrations as m
from django.db import models

from tests.state.histories import CHECK, AddIndexConcurrently, CreateCollation, RemoveCollation, noop


def pool() -> list[Any]:
    """Fresh each time: Django's reductions may change what they are given."""
    key = ("id", models.AutoField(primary_key=True))
    foreign = models.ForeignKey("app.Author", models.CASCADE)
    far = models.ForeignKey("app.Author", models.CASCADE, to_field="name")
    through = models.ManyToManyField("app.Author", through="app.Link", through_fields=("a", "b"))
    composite = models.ForeignObject("app.Author", models.CASCADE, from_fields=["age"], to_fields=["name"])
    text, column = models.TextField(default="x"), models.TextField(db_column="col")
    one, two = ({"name": "c1", CHECK: models.Q(age__gt=number)} for number in (1, 2))
    options = {
        "ordering": ["name"],
        "unique_together": {("name", "age"), ("age", "id")},
        "index_together": {("name", "age")},
        "order_with_respect_to": "name",
        "indexes": [models.Index(fields=["name"], name="i1")],
        "constraints": [models.CheckConstraint(**one)],
    }
    operations = [
        m.CreateModel("Author", [key, ("name", text), ("age", models.IntegerField())], options),
        m.CreateModel("Author", [key], {"proxy": True}, managers=[("things", models.Manager())]),
        m.CreateModel("Book", [key, ("author", foreign), ("name", text)]),
        m.CreateModel("Book", [key, ("author", through)]),
        m.CreateModel("Book", [key], bases=("app.Author",)),
        m.DeleteModel("Author"),
        m.RenameModel("Author", "Book"),
        m.RenameModel("Book", "Author"),
        m.AlterModelTable("author", "t"),
        m.AlterModelTableComment("Author", "words"),
        m.AlterUniqueTogether("Author", {("name", "age")}),
        m.AlterUniqueTogether("Author", set()),
        m.AlterIndexTogether("Author", {("id", "age")}),
        m.AlterIndexTogether("Author", None),
        m.AlterOrderWithRespectTo("Author", "name"),
        m.AlterOrderWithRespectTo("Author", None),
        m.AlterModelOptions("Author", {"verbose_name": "writer"}),
        m.AlterModelManagers("Author", [("people", models.Manager())]),
        m.AddField("Author", "name", text, preserve_default=False),
        m.AddField("Author", "more", text),
        *(m.AddField("Book", "author", field) for field in (foreign, far, through, composite)),
        m.AlterField("Author", "name", text, preserve_default=False),
        m.AlterField("Author", "name", column),
        m.AlterField("Author", "age", composite),
        m.AlterField("Book", "author", far),
        m.RemoveField("author", "name"),
        m.RemoveField("Author", "NAME"),
        m.RemoveField("Book", "author"),
        m.RenameField("Author", "name", "title"),
        m.RenameField("Author", "title", "name"),
        m.RenameField("Author", "age", "years"),
        m.RenameField("Book", "author", "writer"),
        m.AddIndex("Author", models.Index(fields=["name"], name="i2")),
        m.AddIndex("Book", models.Index(fields=["id"], name="i1")),
        m.RemoveIndex("Author", "i1"),
        m.RemoveIndex("Author", "i2"),
        m.RenameIndex("Author", new_name="i2", old_name="i1"),
        m.RenameIndex("Author", new_name="i3", old_name="I2"),
        m.RenameIndex("Author", new_name="i2", old_fields=("name", "age")),
        m.AddConstraint("Author", models.CheckConstraint(**one)),
        m.RemoveConstraint("author", "c1"),
        m.SeparateDatabaseAndState(state_operations=[m.DeleteModel("Author")]),
        *(m.RunSQL("SELECT 1", elidable=elidable) for elidable in (True, False)),
        *(m.RunPython(noop, elidable=elidable) for elidable in (True, False)),
    ]
    if hasattr(m, "AlterConstraint"):
        operations.append(m.AlterConstraint("Author", "c1", models.CheckConstraint(**two)))
    if hasattr(models, "GeneratedField"):
        generated = models.GeneratedField(
            expression=models.functions.Concat("name", models.F("age")),
            output_field=models.TextField(),
            db_persist=True,
        )
        operations.append(m.AddField("Author", "both", generated))
    if CreateCollation:
        operations += [kind("c", "de") for kind in (CreateCollation, RemoveCollation)]
        operations.append(AddIndexConcurrently("Author", models.Index(fields=["name"], name="i1")))
    return operations
