"""Fields of kept models that are renamed, removed, added and altered.

Takes the `Matching` and the answers, yields `Planned`. An unanswered question is a `Refused` next to the operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_guard.diff.matching import FieldKey, Matching, field_named, same_field, why_unsure
from migration_guard.diff.plan import Doubt, Need, NeedKind, Planned, Refused, Remark
from migration_guard.diff.questions import Answers, Ignore
from migration_guard.diff.relations import (
    allows_empty_strings,
    is_auto_field,
    is_foreign_object,
    is_generated,
    is_given,
    is_set,
    is_time_field,
    related_model,
    relation_needs,
)
from migration_guard.state.model import Field, ModelKey
from migration_guard.state.operations import AddField, AlterField, RemoveField, RenameField
from migration_guard.state.references import expression_names
from migration_guard.values import NONE, Call, Const, Ref, Seq, Truth, Unknown, Value, plain, same
from migration_guard.versions import (
    ADDED_AUTO_FIELD_NEEDS_NO_DEFAULT,
    DB_DEFAULT,
    FOREIGN_OBJECT_FIELDS_COMPARED_AS_TUPLES,
    GENERATED_FIELD,
    M2M_TARGET_CHANGE_RECREATES,
    REMOVED_FIELD_AFTER_GENERATED,
    REMOVED_FIELD_AFTER_INDEXES,
)


def renamed_fields(matching: Matching) -> Iterator[Planned]:
    """RenameField; before it an AlterField that pins the column where the new field names the old one."""
    for rename in matching.field_renames:
        app_label, model_name = rename.model
        if plain(rename.old.attr("db_column")) != plain(rename.new.attr("db_column")):
            pinned = AlterField(model_name=model_name, name=rename.old_name, field=rename.new)
            yield Planned(app_label, pinned)
        operation = RenameField(model_name=model_name, old_name=rename.old_name, new_name=rename.new_name)
        yield Planned(app_label, operation)


def removed_fields(matching: Matching) -> Iterator[Planned]:
    """RemoveField."""
    for key in sorted(matching.old_fields - matching.new_fields):
        yield _removed(matching, key)


def _removed(matching: Matching, key: FieldKey) -> Planned:
    version = matching.target.version
    kinds = [NeedKind.UNSET_ORDER, NeedKind.ALTER_TOGETHER]
    if REMOVED_FIELD_AFTER_INDEXES(version):
        kinds.append(NeedKind.REMOVE_INDEX_OR_CONSTRAINT)
    needs = [Need(*key, kind) for kind in kinds]
    if REMOVED_FIELD_AFTER_GENERATED(version):
        for name, field in matching.old_model(key[:2]).fields.items():
            if is_generated(field) and key[2] in expression_names(field.attr("expression")):
                needs.append(Need(key[0], key[1], name, NeedKind.REMOVE))
    return Planned(key[0], RemoveField(model_name=key[1], name=key[2]), tuple(needs))


def added_fields(matching: Matching, answers: Answers) -> Iterator[Planned | Remark]:
    """AddField."""
    for key in sorted(matching.new_fields - matching.old_fields):
        yield from _added(matching, answers, key)


def _new_field(matching: Matching, key: FieldKey) -> Field:
    return field_named(matching.new_model(key[:2]), key[2])


def _added(matching: Matching, answers: Answers, key: FieldKey) -> Iterator[Planned | Remark]:
    field = _new_field(matching, key)
    needs = [Need(*key, NeedKind.REMOVE), *relation_needs(key[:2], field, matching.target)]
    if GENERATED_FIELD(matching.target.version) and is_generated(field):
        needs += _generated_needs(matching, field)
    kept = _fills_itself(matching, field)
    if kept is Truth.MAYBE:
        yield Doubt(key[0], ".".join(key), why_unsure(field, field))
    if kept is Truth.NO:
        moment = is_time_field(field) and is_set(field, "auto_now_add") is Truth.YES
        ask = answers.auto_now_add_addition if moment else answers.not_null_addition
        default = ask(*key)
        if isinstance(default, Refused):
            yield default
        else:
            field = field.with_kwargs(default=default)
    unique = Truth.any([is_set(field, "unique"), is_set(field, "primary_key")]) is Truth.YES
    if unique and _is_callable(field.attr("default")) and (refused := answers.unique_callable_default(*key)):
        yield refused
    operation = AddField(model_name=key[1], name=key[2], field=field, preserve_default=kept is not Truth.NO)
    yield Planned(key[0], operation, tuple(needs))


def _is_callable(default: Value) -> bool:
    if isinstance(default, Ref):
        return default.name != "NOT_PROVIDED"
    return isinstance(default, Call) and default.func.path == "functools.partial"


def _fills_itself(matching: Matching, field: Field) -> Truth:
    """Whether rows that exist already get a value for a new column without anybody being asked."""
    version = matching.target.version
    if field.many_to_many:
        return Truth.YES
    ways = [is_set(field, "null"), is_given(field, "default")]
    if DB_DEFAULT(version):
        ways.append(is_given(field, "db_default"))
    ways.append(Truth.all([is_set(field, "blank"), Truth.of(allows_empty_strings(field))]))
    if is_time_field(field):
        ways.append(is_set(field, "auto_now"))
    if ADDED_AUTO_FIELD_NEEDS_NO_DEFAULT(version):
        ways.append(Truth.of(is_auto_field(field)))
    return Truth.any(ways)


def _generated_needs(matching: Matching, field: Field) -> Iterator[Need]:
    """A generated field comes after the new fields that its expression names, and after new relations."""
    names = set(expression_names(field.attr("expression")))
    for key in sorted(matching.new_fields - matching.old_fields):
        if _new_field(matching, key).is_relation or key[2] in names:
            yield Need(*key, NeedKind.CREATE)


def altered_fields(matching: Matching, answers: Answers) -> Iterator[Planned | Remark]:
    """AlterField, or RemoveField and AddField where a column and a many-to-many table change places."""
    for key in sorted(matching.old_fields & matching.new_fields):
        if key in matching.renamed_fields:
            continue
        old_model = matching.old_model(key[:2])
        old, written = field_named(old_model, key[2]), _new_field(matching, key)
        old, new = _seen_through_renames(matching, key[:2], old, written)
        truth = same_field(old, new)
        if truth is Truth.YES:
            continue
        renamed = renamed_out_of_sight(matching, key[:2], old, new) if truth is Truth.NO else None
        if renamed is not None:
            yield Doubt(key[0], ".".join((key[0], matching.new_model(key[:2]).name, key[2])), renamed)
            continue
        subject = f"{key[0]}.{matching.new_model(key[:2]).name}.{key[2]}"
        if truth is Truth.MAYBE:
            yield Doubt(key[0], subject, why_unsure(old, new))
        elif old_model.incomplete:
            yield Doubt(key[0], subject, old_model.incomplete[0])
        elif old.many_to_many == new.many_to_many and not _recreated(matching, old, new):
            yield from _altered(matching, answers, key, old, new)
        else:
            yield _removed(matching, key)
            yield from _added(matching, answers, key)


def renamed_out_of_sight(matching: Matching, key: ModelKey, old: Field, new: Field) -> Unknown | None:
    """Why two fields may be the same: migrations that could not be read may have renamed what they point at."""
    borrowed: list[ModelKey] = []
    for argument in ("to", "through"):
        before, after = related_model(old, key, argument), related_model(new, key, argument)
        if before is None or after is None or before == after or before[0] != after[0]:
            continue
        if matching.before.get(before) is None:
            new = _borrowing(new, old, argument)
            borrowed.append(before)
    if not borrowed or same_field(old, new) is Truth.NO:
        return None
    app_label, name = borrowed[0]
    return Unknown(
        f"{app_label}.{name} may have been renamed by migrations of {app_label} that could not be read",
        old.origin,
        "Make the package readable (a virtual environment next to the project, or --python).",
    )


def _recreated(matching: Matching, old: Field, new: Field) -> bool:
    if not (M2M_TARGET_CHANGE_RECREATES(matching.target.version) and new.many_to_many):
        return False
    return same(old.call.kwargs.get("to", NONE), new.call.kwargs.get("to", NONE)) is Truth.NO


def _altered(matching: Matching, answers: Answers, key: FieldKey, old: Field, new: Field) -> Iterator[Planned | Remark]:
    needs = tuple(relation_needs(key[:2], new, matching.target))
    preserve = True
    if _loses_null(matching, old, new):
        default = answers.not_null_alteration(*key)
        match default:
            case Refused():
                yield default
            case Ignore(note):
                if note is not None:
                    yield note
            case _:
                new, preserve = new.with_kwargs(default=default), False
    yield Planned(key[0], AlterField(model_name=key[1], name=key[2], field=new, preserve_default=preserve), needs)


def _loses_null(matching: Matching, old: Field, new: Field) -> bool:
    given = [is_given(new, "default")]
    if DB_DEFAULT(matching.target.version):
        given.append(is_given(new, "db_default"))
    return (
        is_set(old, "null") is Truth.YES
        and is_set(new, "null") is Truth.NO
        and Truth.any(given) is Truth.NO
        and not new.many_to_many
    )


def _seen_through_renames(matching: Matching, key: ModelKey, old: Field, new: Field) -> tuple[Field, Field]:
    """Both fields as they compare when what was renamed in models and fields that they refer to is no change.

    Like Django, the new field refers to the old names from here on, in the operation as well.
    """
    remote = related_model(new, key)
    if remote is None:
        return old, new
    to_field = plain(new.attr("to_field"))
    to_field_renamed = isinstance(to_field, str) and (*remote, to_field) in matching.renamed_fields
    if remote in matching.renamed_models or to_field_renamed:
        new = _borrowing(new, old, "to")
    if to_field_renamed:
        new = _borrowing(new, old, "to_field")
    if is_foreign_object(new):
        old, new = _foreign_object_fields(matching, key, remote, old, new)
    through = related_model(new, key, "through")
    if through is not None and through in matching.renamed_models:
        new = _borrowing(new, old, "through")
    return old, new


def _borrowing(new: Field, old: Field, argument: str) -> Field:
    if not old.is_relation or argument not in new.call.kwargs:
        return new
    value = old.call.kwargs.get(argument)
    return new.with_kwargs(**{argument: value})


def _foreign_object_fields(
    matching: Matching, key: ModelKey, remote: ModelKey, old: Field, new: Field
) -> tuple[Field, Field]:
    def renamed(value: Value | None, model: ModelKey) -> Value | None:
        if not isinstance(value, Seq):
            return value
        names = (plain(item) for item in value.items)
        return Seq("tuple", tuple(Const(matching.renamed_fields.get((*model, str(name)), name)) for name in names))

    kwargs = new.call.kwargs
    new = new.with_kwargs(
        from_fields=renamed(kwargs.get("from_fields"), key), to_fields=renamed(kwargs.get("to_fields"), remote)
    )
    if is_foreign_object(old) and FOREIGN_OBJECT_FIELDS_COMPARED_AS_TUPLES(matching.target.version):
        given = {name: old.call.kwargs.get(name) for name in ("from_fields", "to_fields")}
        old = old.with_kwargs(**{k: replace(v, kind="tuple") if isinstance(v, Seq) else v for k, v in given.items()})
    return old, new
