"""Random edits of random models: what somebody may have changed since the migrations were made.

In: a `Site`. Out: another one, or the same where an edit does not apply. `pairs` is the strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from hypothesis import strategies as st

from tests.make.random_models import (
    APPS,
    EVERY_KEY,
    MANAGERS,
    NAMES,
    WORDS,
    Column,
    Entity,
    Key,
    Site,
    Version,
    columns,
    entities,
    metas,
    plain_columns,
    sites,
    some_options,
)


@dataclass(frozen=True)
class Pair:
    """What the models were, what they are, and whether those who are asked say yes to everything."""

    before: Site
    after: Site
    obliging: bool = False


Edit: TypeAlias = Callable[[st.DrawFn, Version, Site], Site]


def _keys(site: Site) -> list[Key]:
    return [entity.key for entity in site.entities]


def _some(draw: st.DrawFn, site: Site) -> Entity | None:
    """A model with fields of its own."""
    able = [entity for entity in site.entities if not entity.proxy]
    return draw(st.sampled_from(able)) if able else None


def add_field(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    if entity is None:
        return site
    name = draw(st.sampled_from([*WORDS, "extra", "rel0", "rel1"]))
    texts = [n for n, c in entity.columns.items() if "CharField" in c.call or "TextField" in c.call]
    column = draw(columns(version, _keys(site), [n for n in texts if n != name]))
    return site.with_entity(replace(entity, columns={**entity.columns, name: column}))


def remove_field(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    if entity is None or not entity.columns:
        return site
    gone = draw(st.sampled_from(sorted(entity.columns)))
    kept = {name: column for name, column in entity.columns.items() if name != gone}
    meta = tuple(line for line in entity.meta if gone not in line)
    return site.with_entity(replace(entity, columns=kept, meta=meta))


def rename_field(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    if entity is None or not entity.columns:
        return site
    old = draw(st.sampled_from(sorted(entity.columns)))
    new = draw(st.sampled_from(["renamed", "other", *WORDS]))
    if new in entity.columns:
        return site
    column = entity.columns[old]
    if draw(st.booleans()) and not any("db_column" in option for option in column.options):
        column = replace(column, options=(*column.options, f'db_column="{old}"'))
    renamed = {new if name == old else name: column if name == old else c for name, c in entity.columns.items()}
    meta = tuple(line.replace(f'"{old}"', f'"{new}"').replace(f'"-{old}"', f'"-{new}"') for line in entity.meta)
    return site.with_entity(replace(entity, columns=renamed, meta=meta))


def alter_field(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    if entity is None or not entity.columns:
        return site
    name = draw(st.sampled_from(sorted(entity.columns)))
    column = entity.columns[name]
    if column.target is not None and draw(st.booleans()):
        changed = replace(column, target=draw(st.sampled_from(_keys(site))))
    elif bool(column.options) and draw(st.booleans()):
        changed = replace(column, options=column.options[:-1])
    elif column.target is None and draw(st.booleans()):
        changed = draw(plain_columns(version))
    else:
        more = draw(
            some_options("null=True", "blank=True", 'help_text="More."', "unique=True", "db_index=True", most=1)
        )
        given = {option.partition("=")[0] for option in column.options}
        changed = replace(column, options=(*column.options, *(o for o in more if o.partition("=")[0] not in given)))
    return site.with_entity(replace(entity, columns={**entity.columns, name: changed}))


def change_meta(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    if entity is None:
        return site
    links = [name for name, column in entity.columns.items() if "ForeignKey" in column.call]
    plain = [name for name, column in entity.columns.items() if not column.call.startswith("models.ManyToMany")]
    return site.with_entity(replace(entity, meta=draw(metas(version, plain, links))))


def change_manager(draw: st.DrawFn, version: Version, site: Site) -> Site:
    entity = _some(draw, site)
    return (
        site if entity is None else site.with_entity(replace(entity, manager=draw(st.sampled_from([None, *MANAGERS]))))
    )


def add_model(draw: st.DrawFn, version: Version, site: Site) -> Site:
    free = [key for key in EVERY_KEY if site.find(key) is None]
    key = draw(st.sampled_from(free))
    keys = [*_keys(site), key]
    earlier = [k for k in _keys(site) if APPS.index(k[0]) <= APPS.index(key[0])]
    return replace(site, entities=(*site.entities, draw(entities(version, key, keys, earlier, list(site.mixins)))))


def delete_model(draw: st.DrawFn, version: Version, site: Site) -> Site:
    """A model goes, and with it whatever refers to it."""
    if len(site.entities) < 2:
        return site
    gone = draw(st.sampled_from(_keys(site)))
    kept = []
    for entity in site.entities:
        if entity.key == gone or entity.parent == gone:
            continue
        lost = [name for name, c in entity.columns.items() if gone in (c.target, c.through)]
        columns_left = {name: c for name, c in entity.columns.items() if name not in lost}
        meta = tuple(line for line in entity.meta if not any(name in line for name in lost))
        kept.append(replace(entity, columns=columns_left, meta=meta))
    orphans = {e.parent for e in kept if e.parent} - {e.key for e in kept}
    mixins = {
        name: {n: c for n, c in cs.items() if gone not in (c.target, c.through)} for name, cs in site.mixins.items()
    }
    if orphans or not kept or any(not cs for cs in mixins.values()):
        return site
    return replace(site, entities=tuple(kept), mixins=mixins)


def rename_model(draw: st.DrawFn, version: Version, site: Site) -> Site:
    old = draw(st.sampled_from(_keys(site)))
    new = (old[0], draw(st.sampled_from([*NAMES, "Renamed"])))
    if site.find(new) is not None:
        return site

    def moved(key: Key | None) -> Key | None:
        return new if key == old else key

    def retargeted(cs: Mapping[str, Column]) -> dict[str, Column]:
        return {n: replace(c, target=moved(c.target), through=moved(c.through)) for n, c in cs.items()}

    renamed = [
        replace(e, key=new if e.key == old else e.key, parent=moved(e.parent), columns=retargeted(e.columns))
        for e in site.entities
    ]
    return replace(site, entities=tuple(renamed), mixins={n: retargeted(cs) for n, cs in site.mixins.items()})


def change_mixin(draw: st.DrawFn, version: Version, site: Site) -> Site:
    if not site.mixins:
        return site
    name = draw(st.sampled_from(sorted(site.mixins)))
    column = draw(columns(version, _keys(site), []))
    return replace(site, mixins={**site.mixins, name: {**site.mixins[name], f"{name.lower()}_0": column}})


EDITS: tuple[Edit, ...] = (
    add_field, add_field, alter_field, alter_field, alter_field, rename_field, remove_field, change_meta, change_meta,
    change_manager, add_model, delete_model, rename_model, change_mixin,
)  # fmt: skip


@st.composite
def pairs(draw: st.DrawFn, version: Version) -> Pair:
    """Models, and the same after one to five edits."""
    before = draw(sites(version))
    after = before
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=5)):
        after = edit(draw, version, after)
    return Pair(before, after, draw(st.booleans()))
