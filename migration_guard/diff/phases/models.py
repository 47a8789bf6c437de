"""Models that are renamed, created and deleted, proxies and unmanaged models included.

Takes the `Matching`, yields `Planned`. Fields that refer to other models become operations of their own; the optimiser
folds them back into `CreateModel` where nothing stands in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migration_guard.diff.matching import Matching
from migration_guard.diff.plan import Doubt, Need, NeedKind, Planned, Remark
from migration_guard.diff.relations import base_keys, model_needs, related_model, relation_needs
from migration_guard.diff.values_of import called_name, items
from migration_guard.state.model import Field, Model, ModelKey
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameModel,
)
from migration_guard.values import NONE, Ref, Seq, Unknown, Value, plain
from migration_guard.versions import DELETED_MODELS_DROP_INDEXES_FIRST, INDEX_TOGETHER

DEFERRED = ("indexes", "constraints", "unique_together", "order_with_respect_to")
_EMPTY_LIST = Seq("list", ())


def renamed_models(matching: Matching) -> Iterator[Planned]:
    """RenameModel, after the models at both ends of its relations."""
    for key, old_name in matching.renamed_models.items():
        new = matching.new_model(key)
        old = matching.before.get((key[0], old_name))
        needs = [*model_needs(new, matching.target)]
        needs += [Need(*remote, None, NeedKind.CREATE) for remote in matching.relations_after.get(key, {})]
        yield Planned(key[0], RenameModel(old_name=old.name if old else old_name, new_name=new.name), tuple(needs))


def deleted_models(matching: Matching) -> Iterator[Planned | Remark]:
    """DeleteModel and what must go first."""
    still_there = matching.new.models | matching.new.unmanaged
    for keys in (matching.old.models - still_there, matching.old.unmanaged - still_there):
        for key in sorted(keys):
            yield from _deleted_model(matching, key)


def _relations_of_model(model: Model) -> dict[str, Field]:
    return {name: field for name, field in model.fields.items() if field.is_relation}


def _deleted_model(matching: Matching, key: ModelKey) -> Iterator[Planned | Remark]:
    model = matching.old_model(key)
    app_label, name = key
    related = sorted(_relations_of_model(model))
    for operation in _options_to_drop(matching, model):
        yield Planned(app_label, operation)
    early = DELETED_MODELS_DROP_INDEXES_FIRST(matching.target.version)
    for field_name in related:
        needs = (Need(app_label, name, field_name, NeedKind.REMOVE_INDEX_OR_CONSTRAINT),) if early else ()
        yield Planned(app_label, RemoveField(model_name=name, name=field_name), needs)
    needs_all: list[Need] = []
    for (remote_app, remote_name), fields in matching.relations_before.get(key, {}).items():
        for field_name, field in fields.items():
            needs_all.append(Need(remote_app, remote_name, field_name, NeedKind.REMOVE))
            if not field.many_to_many:
                needs_all.append(Need(remote_app, remote_name, field_name, NeedKind.ALTER))
    needs_all += [Need(app_label, name, field_name, NeedKind.REMOVE) for field_name in related]
    user = matching.through_users.get(key)
    if user is not None:
        needs_all.append(Need(*user, NeedKind.REMOVE))
    yield Planned(app_label, DeleteModel(name=model.name), tuple(dict.fromkeys(needs_all)))


def _options_to_drop(matching: Matching, model: Model) -> Iterator[Operation]:
    """Options that span several fields go before the fields do."""
    name = model.name.lower()
    version = matching.target.version
    if _filled(model.option("unique_together")):
        yield AlterUniqueTogether(name=name, unique_together=NONE)
    if INDEX_TOGETHER(version) and _filled(model.option("index_together")):
        yield AlterIndexTogether(name=name, index_together=NONE)
    if DELETED_MODELS_DROP_INDEXES_FIRST(version):
        for index in items(model.option("indexes")):
            if (index_name := called_name(index)) is not None:
                yield RemoveIndex(model_name=name, name=index_name)
        for constraint in items(model.option("constraints")):
            if (constraint_name := called_name(constraint)) is not None:
                yield RemoveConstraint(model_name=name, name=constraint_name)


def _filled(value: Value) -> bool:
    return bool(plain(value, True)) and not isinstance(value, Unknown)


def created_models(matching: Matching) -> Iterator[Planned | Remark]:
    """CreateModel, then its relations and the options that span fields."""
    known = matching.old.models | matching.old.unmanaged
    for keys in (matching.new.models - known, matching.new.unmanaged - known):
        for key in sorted(keys, key=lambda key: _swappable_first(matching, key), reverse=True):
            yield from _created_model(matching, key)


def _swappable_first(matching: Matching, key: ModelKey) -> ModelKey:
    """Sort key by which models that may be swapped come first."""
    model = matching.new_model(key)
    bases = {base.name if isinstance(base, Ref) else plain(base) for base in model.bases}
    swappable = plain(model.option("swappable"))
    user = matching.target.settings.get("AUTH_USER_MODEL", "").lower()
    if swappable or bases & {"AbstractUser", "AbstractBaseUser"} or user == f"{key[0]}.{key[1]}":
        return "___" + key[0], "___" + key[1]
    return key


def _deferred_fields(model: Model) -> dict[str, Field]:
    """Relations that are added after the model itself: not those that are its primary key or its parent."""
    found = {}
    for name, field in _relations_of_model(model).items():
        own = plain(field.attr("primary_key")) or plain(field.attr("parent_link"))
        if not own or related_model(field, model.key, "through"):
            found[name] = field
    return found


def _created_model(matching: Matching, key: ModelKey) -> Iterator[Planned | Remark]:
    model = matching.new_model(key)
    related = _deferred_fields(model)
    hidden = {*DEFERRED, *(["index_together"] if INDEX_TOGETHER(matching.target.version) else [])}
    operation = CreateModel(
        name=model.name,
        fields=tuple((name, field) for name, field in model.fields.items() if name not in related),
        options={name: value for name, value in model.options.items() if name not in hidden},
        bases=_bases(model),
        managers=model.managers,
    )
    yield Planned(key[0], operation, tuple(_creation_needs(matching, model)), first=True)
    if not model.flag("managed", True):
        return
    created = Need(*key, None, NeedKind.CREATE)
    for name, field in sorted(related.items()):
        needs = dict.fromkeys((*relation_needs(key, field, matching.target), created))
        yield Planned(key[0], AddField(model_name=key[1], name=name, field=field), tuple(needs))
    yield from _options_of_created(matching, model, related, created)
    yield from _refer_to_concrete(matching, key, created)


def _bases(model: Model) -> tuple[Value, ...]:
    """The bases as an operation gives them: none where `models.Model` is the only one."""
    only = model.bases[0] if len(model.bases) == 1 else None
    plain_model = isinstance(only, Ref) and only.path in ("django.db.models.Model", "django.db.models.base.Model")
    return () if plain_model else model.bases


def _creation_needs(matching: Matching, model: Model) -> Iterator[Need]:
    yield Need(*model.key, None, NeedKind.REMOVE)
    for base in base_keys(model):
        yield Need(*base, None, NeedKind.CREATE)
        old, new = matching.before.get(base), matching.after.get(base)
        if old and new:
            for name in sorted((old.fields.keys() - new.fields.keys()) & model.fields.keys()):
                yield Need(*base, name, NeedKind.REMOVE)
    primary = None
    for field in model.fields.values():
        if field.is_relation and plain(field.attr("primary_key")):
            primary = related_model(field, model.key) or primary
    if primary is not None:
        yield Need(*primary, None, NeedKind.CREATE)


def _options_of_created(
    matching: Matching, model: Model, related: Mapping[str, Field], created: Need
) -> Iterator[Planned | Remark]:
    app_label, name = model.key
    ordering = model.option("order_with_respect_to")
    if plain(ordering):
        needs = (Need(app_label, name, str(plain(ordering)), NeedKind.CREATE), created)
        yield Planned(app_label, AlterOrderWithRespectTo(name=name, order_with_respect_to=ordering), needs)
    all_there = (*(Need(app_label, name, field, NeedKind.CREATE) for field in sorted(related)), created)
    for option in ("indexes", "constraints", "unique_together", "index_together", "order_with_respect_to"):
        if isinstance(value := model.option(option), Unknown):
            yield Doubt(app_label, f"{app_label}.{model.name} ({option})", value)
    for index in items(model.option("indexes")):
        yield Planned(app_label, AddIndex(model_name=name, index=index), all_there)
    for constraint in items(model.option("constraints")):
        yield Planned(app_label, AddConstraint(model_name=name, constraint=constraint), all_there)
    if _filled(value := model.option("unique_together")):
        yield Planned(app_label, AlterUniqueTogether(name=name, unique_together=value), all_there)
    if INDEX_TOGETHER(matching.target.version) and _filled(value := model.option("index_together")):
        yield Planned(app_label, AlterIndexTogether(name=name, index_together=value), all_there)


def _refer_to_concrete(matching: Matching, key: ModelKey, created: Need) -> Iterator[Planned]:
    """A proxy became a model with a table: relations to it change their target."""
    if key not in matching.old.proxies:
        return
    for remote, fields in matching.relations_after.get(key, {}).items():
        remote_model = matching.after.get(remote)
        for name, field in fields.items() if remote_model else ():
            model_name = remote_model.name if remote_model else remote[1]
            yield Planned(remote[0], AlterField(model_name=model_name, name=name, field=field), (created,))


def deleted_proxies(matching: Matching) -> Iterator[Planned]:
    """DeleteModel for proxies."""
    for key in sorted(matching.old.proxies - matching.new.proxies):
        yield Planned(key[0], DeleteModel(name=matching.old_model(key).name))


def created_proxies(matching: Matching) -> Iterator[Planned]:
    """CreateModel for proxies: without fields, but with every option."""
    for key in sorted(matching.new.proxies - matching.old.proxies):
        model = matching.new_model(key)
        options = {**model.options}
        for name in ("indexes", "constraints"):
            options.setdefault(name, _EMPTY_LIST)
        needs = (Need(*key, None, NeedKind.REMOVE), *(Need(*base, None, NeedKind.CREATE) for base in base_keys(model)))
        yield Planned(key[0], CreateModel(model.name, (), options, _bases(model), model.managers), needs)
