"""Fields, indexes, constraints and search of django.contrib.postgres."""

from django.contrib.postgres import fields as pg
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, HStoreField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import (
    BloomIndex,
    BrinIndex,
    BTreeIndex,
    GinIndex,
    GistIndex,
    HashIndex,
    OpClass,
    SpGistIndex,
)
from django.contrib.postgres.search import SearchVector, SearchVectorField, TrigramSimilarity
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower


class Tags(ArrayField):
    def __init__(self, **kwargs):
        kwargs["base_field"] = models.CharField(max_length=5)
        kwargs.setdefault("default", list)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["base_field"]
        return name, path, args, kwargs


array = ArrayField(models.CharField(max_length=3))
array_all = ArrayField(base_field=models.IntegerField(null=True), size=4, default=list, blank=True, verbose_name="x")
array_nested = ArrayField(ArrayField(models.IntegerField(), size=2), null=True)
array_choices = ArrayField(models.CharField(max_length=1, choices=[("a", "A")]))
tags = Tags(blank=True)
hstore = HStoreField(default=dict)
json = pg.JSONField(default=dict)
ci_char = pg.CICharField(max_length=3)
ci_email = pg.CIEmailField()
ci_text = pg.CITextField(blank=True)
integer_range = pg.IntegerRangeField(null=True)
big_range = pg.BigIntegerRangeField()
decimal_range = pg.DecimalRangeField(default_bounds="[]")
datetime_range = DateTimeRangeField(default_bounds="[)", blank=True)
date_range = pg.DateRangeField(verbose_name="d")
search = SearchVectorField(null=True, editable=False)
bloom = BloomIndex(fields=["a"], name="b", length=80, columns=[4])
brin = BrinIndex(fields=["a"], autosummarize=True, pages_per_range=4)
btree = BTreeIndex(fields=["a"], fillfactor=10)
gin = GinIndex(fields=["a"], name="g", fastupdate=False, gin_pending_list_limit=5)
gin_plain = GinIndex("a", name="g", opclasses=[])
gist = GistIndex(fields=["a"], name="g", buffering=True, fillfactor=50, include=["b"])
hash_ = HashIndex(fields=["a"])
spgist = SpGistIndex(fields=["a"], fillfactor=30)
op_class = GinIndex(OpClass(Lower("a"), name="gin_trgm_ops"), name="x")
gin_search = GinIndex(SearchVector("a", "b", config="english"), name="s")
gin_search_sum = GinIndex(SearchVector("a", weight="A") + SearchVector("b", weight="B"), name="s")
gin_search_config = GinIndex(
    SearchVector("a", weight="A", config="english") + SearchVector("b", config="english"), name="s"
)
trigram = TrigramSimilarity("a", "x")
exclusion = ExclusionConstraint(name="e", expressions=[("a", RangeOperators.OVERLAPS), (F("b"), "=")])
exclusion_all = ExclusionConstraint(
    name="e",
    expressions=((Func("a", RangeBoundary(), function="TSTZRANGE"), "&&"),),
    index_type="SPGIST",
    condition=Q(a=1),
    deferrable=models.Deferrable.IMMEDIATE,
    include=["c"],
)
exclusion_gist = ExclusionConstraint(name="e", expressions=[("a", "=")], index_type="gist", violation_error_message="m")
