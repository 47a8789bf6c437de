"""Fields as Django 5.0 and later have them: normalised choices, db_default, GeneratedField."""

from django.db import models
from django.db.models.functions import Concat, Lower, Now, Pi
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    DRAFT = "d", _("Draft")
    PUBLISHED = "p"


class Size(models.IntegerChoices):
    SMALL = 1
    LARGE = 2, "Very large"


def some_choices():
    return [("a", "A")]


class Callable:
    @staticmethod
    def choices():
        return {"a": "A"}


choices_class = models.CharField(max_length=1, choices=Status, default=Status.PUBLISHED)
choices_int = models.IntegerField(choices=Size)
choices_mapping = models.CharField(max_length=1, choices={"a": "A", "b": _("B")})
choices_mapping_groups = models.CharField(max_length=1, choices={"Group": {"a": "A"}, "Other": [("b", "B")], "c": "C"})
choices_callable = models.CharField(max_length=1, choices=some_choices)
choices_static = models.CharField(max_length=1, choices=Callable.choices)
choices_nested_lists = models.CharField(max_length=1, choices=[["a", "A"], ["G", [["b", "B"]]]])
choices_class_in_group = models.CharField(max_length=1, choices=[("g", Status)])
choices_wrong = models.CharField(max_length=1, choices=["a", "b"])
db_default = models.IntegerField(db_default=5)
db_default_now = models.DateTimeField(db_default=Now())
db_default_value = models.CharField(max_length=3, default="a", db_default=models.Value("b"))
db_default_expression = models.FloatField(db_default=Pi() + 1)
generated = models.GeneratedField(expression=models.F("a") * 2, output_field=models.IntegerField(), db_persist=True)
generated_lower = models.GeneratedField(
    verbose_name="g",
    expression=Lower("name"),
    output_field=models.CharField(max_length=5),
    db_persist=False,
    db_index=True,
    unique=True,
    null=True,
    editable=False,
    blank=True,
    help_text="x",
)
generated_concat = models.GeneratedField(
    expression=Concat(models.F("a"), models.Value(" "), "b"),
    output_field=models.TextField(),
    db_persist=True,
    db_comment="c",
)
