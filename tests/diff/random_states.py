"""Random pairs of live project states: a set of models, and the same after some edits. Tests only; seeded."""

from __future__ import annotations

import random
from typing import Any

import django
from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Lower, Upper

APPS = ("alpha", "beta", "gamma")
NAMES = ("Author", "Book", "Shelf", "Reader", "Loan")
FIELDS = ("title", "name", "size", "born", "note", "code")

Spec = dict[str, Any]
"""A model: app_label, name, fields (name -> function that makes a fresh field), options, bases, managers."""


def plain_field(rng: random.Random) -> Any:
    length = rng.choice((10, 20))
    null = rng.random() < 0.3
    default = rng.choice(({}, {}, {"default": 1}))
    text = rng.choice(({}, {"default": ""}, {"blank": True}, {"db_column": rng.choice(FIELDS)}))
    makers = [
        lambda: models.CharField(max_length=length, null=null, **text),
        lambda: models.TextField(null=null, **text),
        lambda: models.IntegerField(null=null, **default),
        lambda: models.DateField(null=null),
        lambda: models.DateTimeField(auto_now_add=True),
        lambda: models.DateTimeField(auto_now=True),
        lambda: models.BooleanField(**default),
        lambda: models.UUIDField(unique=True, default=random.random),
    ]
    return rng.choice(makers)


def relation(rng: random.Random, keys: list[tuple[str, str]]) -> Any:
    app_label, name = rng.choice(keys)
    to = f"{app_label}.{name}"
    null = rng.random() < 0.3
    through = rng.choice([None, None, ".".join(rng.choice(keys))])
    kind = rng.randrange(6)
    if kind == 0:
        return lambda: models.ManyToManyField(to, **({"through": through} if through else {}))
    if kind == 1:
        return lambda: models.OneToOneField(to, models.CASCADE, null=null)
    if kind == 2:
        user = rng.choice(("auth.User", "alpha.Author"))
        return lambda: models.ForeignKey(user, models.CASCADE, null=null)
    if kind == 3:
        return lambda: models.ForeignKey(to, models.CASCADE, null=null, to_field=rng_field)
    return lambda: models.ForeignKey(to, models.CASCADE, null=null)


rng_field = "code"


def generated(rng: random.Random) -> Any:
    name = rng.choice(FIELDS[:3])
    return lambda: models.GeneratedField(
        expression=Lower(models.F(name)), output_field=models.CharField(max_length=9), db_persist=True
    )


def any_field(rng: random.Random, keys: list[tuple[str, str]]) -> Any:
    if rng.random() < 0.35:
        return relation(rng, keys)
    if django.VERSION >= (5, 0) and rng.random() < 0.08:
        return generated(rng)
    return plain_field(rng)


def options(rng: random.Random, spec: Spec) -> dict[str, Any]:
    names = list(spec["fields"])
    found: dict[str, Any] = {}
    if rng.random() < 0.2:
        found["ordering"] = rng.choice((["title"], ["-title"], ("name",)))
    if rng.random() < 0.2:
        found["verbose_name"] = rng.choice(("thing", "stuff"))
    if rng.random() < 0.15:
        found["db_table"] = rng.choice(("t1", "t2"))
    if rng.random() < 0.1:
        found["db_table_comment"] = rng.choice(("c1", "c2"))
    pairs = [n for n in names if n != "id"]
    if len(pairs) >= 2 and rng.random() < 0.35:
        found["unique_together"] = {tuple(rng.sample(pairs, 2)) for _ in range(rng.randint(1, 2))}
    if django.VERSION < (5, 1) and len(pairs) >= 2 and rng.random() < 0.35:
        found["index_together"] = {tuple(rng.sample(pairs, 2))}
    if pairs and rng.random() < 0.35:
        found["indexes"] = [index(rng, pairs, i) for i in range(rng.randint(1, 2))]
    if pairs and rng.random() < 0.35:
        found["constraints"] = [constraint(rng, pairs)]
    fks = [n for n in pairs if n.startswith("rel")]
    if fks and rng.random() < 0.2:
        found["order_with_respect_to"] = rng.choice(fks)
    return found


def index(rng: random.Random, names: list[str], number: int) -> models.Index:
    name = f"idx_{rng.randrange(3)}_{number}"
    if rng.random() < 0.2:
        return models.Index(Upper(rng.choice(names)), name=name)
    fields = rng.sample(names, min(len(names), rng.randint(1, 2)))
    condition = models.Q(**{f"{names[0]}__gt": 1}) if rng.random() < 0.2 else None
    return models.Index(fields=fields, name=name, condition=condition)


def constraint(rng: random.Random, names: list[str]) -> Any:
    name = f"con_{rng.randrange(2)}"
    message = rng.choice((None, "no", "never"))
    if rng.random() < 0.4:
        argument = "condition" if django.VERSION >= (5, 1) else "check"
        return models.CheckConstraint(
            **{argument: models.Q(**{f"{rng.choice(names)}__gt": 1})}, name=name, violation_error_message=message
        )
    return models.UniqueConstraint(fields=[rng.choice(names)], name=name, violation_error_message=message)


def new_model(rng: random.Random, keys: list[tuple[str, str]], key: tuple[str, str]) -> Spec:
    fields: dict[str, Any] = {"id": lambda: models.AutoField(primary_key=True)}
    bases: tuple[Any, ...] = (models.Model,)
    others = [other for other in keys if other != key]
    kind = rng.random()
    spec: Spec = {"key": key, "fields": fields, "options": {}, "bases": bases, "managers": []}
    if kind < 0.1 and others:
        spec.update(fields={}, options={"proxy": True}, bases=(".".join(rng.choice(others)).lower(),))
        return spec
    if kind < 0.2 and others:
        parent = ".".join(rng.choice(others)).lower()
        spec["fields"] = {
            "parent_ptr": lambda: models.OneToOneField(parent, models.CASCADE, parent_link=True, primary_key=True)
        }
        spec["bases"] = (parent,)
    for name in rng.sample(FIELDS, rng.randint(1, 4)):
        spec["fields"][name] = plain_field(rng)
    for number in range(rng.choice((0, 1, 1, 2))):
        spec["fields"][f"rel{number}"] = relation(rng, keys)
    spec["options"] = options(rng, spec)
    if rng.random() < 0.08:
        spec["options"]["managed"] = False
    return spec


def edit(rng: random.Random, specs: list[Spec], keys: list[tuple[str, str]]) -> list[Spec]:
    """Some changes to models and fields."""
    specs = [{**spec, "fields": dict(spec["fields"]), "options": dict(spec["options"])} for spec in specs]
    for _ in range(rng.randint(1, 6)):
        if not specs:
            break
        spec = rng.choice(specs)
        names = [name for name in spec["fields"] if name not in ("id", "parent_ptr")]
        action = rng.randrange(10)
        if action == 0:
            specs.remove(spec)
        elif action == 1:
            taken = {other["key"] for other in specs}
            free = [(app, name) for app in APPS for name in NAMES if (app, name) not in taken]
            specs.append(new_model(rng, keys, rng.choice(free)))
        elif action == 2:
            new_key = (spec["key"][0], rng.choice(NAMES))
            if new_key not in {other["key"] for other in specs}:
                rename_everywhere(specs, spec["key"], new_key)
                spec["key"] = new_key
        elif action == 3 and names and not spec["options"].get("proxy"):
            spec["fields"].pop(rng.choice(names))
        elif action in (4, 5) and not spec["options"].get("proxy"):
            spec["fields"][rng.choice((*FIELDS, "rel0", "rel1"))] = any_field(rng, keys)
        elif action in (6, 7) and names:
            rename_field(rng, spec, rng.choice(names))
        elif not spec["options"].get("proxy"):
            spec["options"] = options(rng, spec)
            if rng.random() < 0.1:
                spec["options"]["managed"] = False
        if action == 9 and rng.random() < 0.5:
            spec["managers"] = [("objects", models.Manager())] if rng.random() < 0.5 else []
    return specs


def rename_everywhere(specs: list[Spec], old: tuple[str, str], new: tuple[str, str]) -> None:
    """Point relations and bases at a renamed model."""
    old_label, new_label = ".".join(old).lower(), ".".join(new)

    def retarget(make: Any) -> Any:
        field = make()
        remote = field.remote_field
        if remote is None:
            return make
        _, _, args, kwargs = field.deconstruct()
        changed = {k: new_label for k in ("to", "through") if str(kwargs.get(k, "")).lower() == old_label}
        return (lambda: type(field)(*args, **{**kwargs, **changed})) if changed else make

    for spec in specs:
        spec["fields"] = {name: retarget(make) for name, make in spec["fields"].items()}
        spec["bases"] = tuple(new_label.lower() if base == old_label else base for base in spec["bases"])


def rename_field(rng: random.Random, spec: Spec, name: str) -> None:
    new = rng.choice((*FIELDS, "other", "rel0", "rel2"))
    if new in spec["fields"]:
        return
    make = spec["fields"][name]
    if rng.random() < 0.3:
        field = make()
        field.set_attributes_from_name(name)
        column = field.get_attname_column()[1]
        _, _, args, kwargs = field.deconstruct()
        if column:
            make = lambda: type(field)(*args, **{**kwargs, "db_column": column})  # noqa: E731
    spec["fields"] = {
        new if key == name else key: make if key == name else value for key, value in spec["fields"].items()
    }
    if rng.random() < 0.7:
        for option in ("unique_together", "index_together"):
            if option in spec["options"]:
                rows = spec["options"][option]
                spec["options"][option] = {tuple(new if n == name else n for n in row) for row in rows}


def live_state(specs: list[Spec], real_apps: frozenset[str] = frozenset()) -> ProjectState:
    state = ProjectState(real_apps=set(real_apps))
    for spec in specs:
        app_label, name = spec["key"]
        fields = [(field_name, make()) for field_name, make in spec["fields"].items()]
        opts = {k: list(v) if isinstance(v, list) else v for k, v in spec["options"].items()}
        state.add_model(ModelState(app_label, name, fields, opts, spec["bases"], list(spec["managers"])))
    return state


def pair(seed: int) -> tuple[list[Spec], list[Spec]]:
    rng = random.Random(seed)
    every = [(app, name) for app in APPS for name in NAMES]
    keys = rng.sample(every, rng.randint(1, 6))
    before = [new_model(rng, keys, key) for key in keys]
    if rng.random() < 0.15:
        return [], before
    after = edit(rng, before, keys)
    return before, after
