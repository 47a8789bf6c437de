"""The words of Django's query and class API that tell what a call gives, and where names of fields stand.

Tables only (https://docs.djangoproject.com/en/stable/ref/models/querysets/ and the pages of admin, forms, views).
"""

from __future__ import annotations


def _with_async(*names: str) -> frozenset[str]:
    return frozenset(names) | {f"a{name}" for name in names}


NARROWING = frozenset({"filter", "exclude", "complex_filter", "none"})
QUERYSETS = NARROWING | {
    *("all", "order_by", "annotate", "alias", "select_related", "prefetch_related", "only", "defer", "distinct"),
    *("using", "reverse", "select_for_update", "union", "intersection", "difference", "extra", "iterator", "aiterator"),
    *("get_queryset", "raw", "_clone", "_chain"),
}
ROWS = frozenset({"values", "values_list", "dates", "datetimes"})
INSTANCES = _with_async("get", "first", "last", "earliest", "latest", "create")
PAIRS = _with_async("get_or_create", "update_or_create")
WRITES = _with_async("create", "get_or_create", "update_or_create", "update", "delete", "bulk_create", "bulk_update")
ENDS = WRITES | _with_async("count", "exists", "aggregate", "in_bulk", "explain", "contains", "as_manager")
RELATED = _with_async("add", "remove", "set", "clear")
EXTRAS = frozenset({"db", "model", "query", "ordered", "as_manager", "db_manager", "name", "field", "through"})
QUERY_METHODS = QUERYSETS | ROWS | INSTANCES | PAIRS | ENDS | RELATED | EXTRAS

KEYWORD_LOOKUPS = NARROWING | PAIRS | _with_async("get")
CONSTRUCTING = _with_async("create", "update")
NAMING = frozenset({"annotate", "alias", "aggregate", "aaggregate", "extra"})
"""Methods whose keywords are new names."""
STRING_LOOKUPS = ROWS | _with_async("earliest", "latest") | {"order_by", "only", "defer", "select_related", "distinct"}
STRING_ACCESSORS = frozenset({"prefetch_related"})
FIELD_ARGUMENTS = frozenset({"fields", "update_fields", "unique_fields", "field_name"})

RELATION_LOOKUPS = frozenset({"exact", "in", "gt", "gte", "lt", "lte", "isnull"})
"""What may come behind a relation in a lookup, besides fields of the model that it leads to."""

NO_LOOKUPS = frozenset(
    {"Value", "OuterRef", "RawSQL", "KeyTransform", "KeyTextTransform", "Func", "SearchQuery", "Subquery", "Exists"}
)
"""Expressions whose strings are no names of fields."""
OF_SEVERAL = frozenset({"Coalesce", "Concat", "Greatest", "Least", "SearchVector"})
"""Expressions each of whose strings is the name of a field; of others only the first."""

CHARACTERISTIC = frozenset(
    {"filter", "exclude", "order_by", "values_list", "select_related", "only", "defer", "get_or_create"}
    | {"update_or_create", "prefetch_related"}
)
"""Methods that hardly anything but a queryset has."""

MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
MODEL_API = frozenset(
    {
        *("pk", "id", "objects", "DoesNotExist", "MultipleObjectsReturned", "NotUpdated", "_meta", "_state"),
        *("_default_manager", "_base_manager", "_prefetched_objects_cache", "_order"),
        *_with_async("save", "delete", "refresh_from_db"),
        *("save_base", "full_clean", "clean", "clean_fields", "validate_unique", "validate_constraints"),
        *("from_db", "get_deferred_fields", "serializable_value", "prepare_database_save", "unique_error_message"),
        *("date_error_message", "get_constraints", "_get_pk_val", "_set_pk_val", "_do_update", "_do_insert", "check"),
        *("_is_pk_set", "_check", "mro"),
    }
)
"""What every model has."""

ROW_WRITES = _with_async("save", "delete")

MODEL_LINKED = frozenset(
    {
        *("fields", "exclude", "list_display", "list_filter", "list_editable", "list_display_links", "search_fields"),
        *("ordering", "readonly_fields", "fieldsets", "prepopulated_fields", "raw_id_fields", "autocomplete_fields"),
        *("list_select_related", "date_hierarchy", "filter_horizontal", "filter_vertical", "radio_fields"),
        *("read_only_fields", "extra_kwargs", "filterset_fields", "ordering_fields", "slug_field", "lookup_field"),
        *("widgets", "labels", "help_texts", "error_messages", "field_classes", "sortable_by", "fk_name"),
        *("unique_together", "index_together", "get_latest_by", "order_with_respect_to", "localized_fields"),
    }
)
"""Attributes of admin, form, serializer, view and Meta classes that list names of fields."""

KNOWN_BASES = frozenset(
    {
        *("ModelAdmin", "TabularInline", "StackedInline", "ModelForm", "ModelSerializer", "FilterSet", "ModelResource"),
        *("HyperlinkedModelSerializer", "ListView", "DetailView", "CreateView", "UpdateView", "DeleteView", "Form"),
        *("ModelViewSet", "ReadOnlyModelViewSet", "GenericViewSet", "ListAPIView", "RetrieveAPIView", "CreateAPIView"),
        *("ListCreateAPIView", "RetrieveUpdateAPIView", "RetrieveUpdateDestroyAPIView", "Model", "object"),
    }
)
