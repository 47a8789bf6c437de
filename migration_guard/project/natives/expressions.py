"""Query expressions: operators, `Q`, `F`, and what they deconstruct to. Most classes are the catalogue's.

In: expressions as the program builds them. Out: new expressions with their constructor arguments, as Django keeps them.
Nothing is resolved or compiled here.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Class, External, Instance, Object, Raised, Stuck
from migration_guard.project.natives.declare import PATH, Interp, method, native_class, truth
from migration_guard.values import Unknown

EXPRESSIONS = "django.db.models.expressions"
QUERY_UTILS = "django.db.models.query_utils"

COMBINABLE = native_class(EXPRESSIONS, "Combinable", namespace={
    "ADD": "+", "SUB": "-", "MUL": "*", "DIV": "/", "POW": "^", "MOD": "%%", "BITAND": "&", "BITOR": "|",
    "BITLEFTSHIFT": "<<", "BITRIGHTSHIFT": ">>", "BITXOR": "#",
})  # fmt: skip
BASE_EXPRESSION = native_class(EXPRESSIONS, "BaseExpression", namespace={"is_summary": False, "filterable": True})
EXPRESSION = native_class(EXPRESSIONS, "Expression", (BASE_EXPRESSION, COMBINABLE))
F = native_class(EXPRESSIONS, "F", (COMBINABLE,), canonical="django.db.models.F")
OUTER_REF = native_class(EXPRESSIONS, "OuterRef", (F,))
FUNC = native_class(EXPRESSIONS, "Func", (EXPRESSION,), canonical="django.db.models.Func")
VALUE = native_class(EXPRESSIONS, "Value", (EXPRESSION,), canonical="django.db.models.Value")
JSON_NULL = native_class(EXPRESSIONS, "JSONNull", (VALUE,), canonical="django.db.models.JSONNull")
WRAPPER = native_class(EXPRESSIONS, "ExpressionWrapper", (EXPRESSION,), canonical="django.db.models.ExpressionWrapper")
NEGATED = native_class(EXPRESSIONS, "NegatedExpression", (WRAPPER,))
WHEN = native_class(EXPRESSIONS, "When", (EXPRESSION,), {"conditional": False}, canonical="django.db.models.When")
CASE = native_class(EXPRESSIONS, "Case", (EXPRESSION,), canonical="django.db.models.Case")
ORDER_BY = native_class(
    EXPRESSIONS, "OrderBy", (EXPRESSION,), {"conditional": False}, canonical="django.db.models.OrderBy"
)
COMBINED = native_class(EXPRESSIONS, "CombinedExpression", (EXPRESSION,))
SUBQUERY = native_class(EXPRESSIONS, "Subquery", (BASE_EXPRESSION, COMBINABLE))
EXISTS = native_class(EXPRESSIONS, "Exists", (SUBQUERY,), {"conditional": True})
RAW_SQL = native_class(EXPRESSIONS, "RawSQL", (EXPRESSION,))
Q = native_class(QUERY_UTILS, "Q", namespace={
    "AND": "AND", "OR": "OR", "XOR": "XOR", "default": "AND", "conditional": True,
})  # fmt: skip

EXPRESSION_CLASSES: tuple[Class, ...] = (
    COMBINABLE, BASE_EXPRESSION, EXPRESSION, F, OUTER_REF, FUNC, VALUE, WRAPPER, NEGATED, WHEN, CASE, ORDER_BY,
    COMBINED, SUBQUERY, EXISTS, RAW_SQL, JSON_NULL, Q,
)  # fmt: skip


# Deconstruction


def deconstruct_as_written(interp: Interp, self: Instance) -> Object:
    """What `@deconstructible` gives a class: its path, and the constructor's arguments as they were written."""
    path = self.cls.namespace.get(PATH) or f"{self.cls.module}.{self.cls.name}"
    return path, self.args, dict(self.kwargs)


for _cls in (EXPRESSION, F, JSON_NULL):
    method(_cls, "deconstruct")(deconstruct_as_written)


def make(interp: Interp, cls: Class, *args: Object, **kwargs: Object) -> Object:
    """An expression as if the program had written the call."""
    return interp.call(cls, list(args), kwargs)


# Operators


def is_expression(obj: Object) -> bool:
    return isinstance(obj, Instance) and (
        COMBINABLE in obj.cls.mro or Q in obj.cls.mro or obj.cls.has("resolve_expression")
    )


def _combine(interp: Interp, self: Instance, other: Object, connector: str, swapped: bool = False) -> Object:
    if isinstance(other, Unknown):
        raise Stuck(other)
    if not is_expression(other):
        other = make(interp, VALUE, other)
    left, right = (other, self) if swapped else (self, other)
    return make(interp, COMBINED, left, connector, right)


def _operator(name: str, connector: str, swapped: bool = False) -> None:
    @method(COMBINABLE, name)
    def _apply(interp: Interp, self: Instance, other: Object) -> Object:
        return _combine(interp, self, other, connector, swapped)


for _name, _connector in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%%", "pow": "^"}.items():
    _operator(f"__{_name}__", _connector)
    _operator(f"__r{_name}__", _connector, swapped=True)
for _name, _connector in {
    "bitand": "&",
    "bitor": "|",
    "bitxor": "#",
    "bitleftshift": "<<",
    "bitrightshift": ">>",
}.items():
    _operator(_name, _connector)


@method(COMBINABLE, "__neg__")
def _negative(interp: Interp, self: Instance) -> Object:
    return _combine(interp, self, -1, "*")


@method(COMBINABLE, "__invert__")
def _invert(interp: Interp, self: Instance) -> Object:
    return make(interp, NEGATED, self)


@method(NEGATED, "__invert__")
def _invert_twice(interp: Interp, self: Instance) -> Object:
    return self.args[0]


def _logical(name: str, connector: str) -> None:
    @method(COMBINABLE, name)
    def _apply(interp: Interp, self: Instance, other: Object) -> Object:
        if isinstance(other, Unknown):
            raise Stuck(other)
        return _join(interp, _q(self), _q(other), connector)


for _name, _connector in {"__and__": "AND", "__or__": "OR", "__xor__": "XOR"}.items():
    _logical(_name, _connector)


@method(EXPRESSION, "conditional", "property")
def _conditional(interp: Interp, self: Instance) -> Object:
    field = self.kwargs.get("output_field", self.attrs.get("output_field"))
    if field is None:
        declared = self.cls.find("output_field")
        field = declared if isinstance(declared, Instance) else None
    return isinstance(field, Instance) and any(cls.name == "BooleanField" for cls in field.cls.mro)


# Ordering


def _ordering(cls: Class) -> None:
    @method(cls, "asc")
    def _asc(interp: Interp, self: Instance, **kwargs: Object) -> Object:
        return make(interp, ORDER_BY, self, **kwargs)

    @method(cls, "desc")
    def _desc(interp: Interp, self: Instance, **kwargs: Object) -> Object:
        return make(interp, ORDER_BY, self, descending=True, **kwargs)


_ordering(BASE_EXPRESSION)
_ordering(F)


@method(F, "__init__")
def _f_init(interp: Interp, self: Instance, name: Object) -> None:
    self.attrs["name"] = name


@method(VALUE, "__init__")
def _value_init(interp: Interp, self: Instance, value: Object, output_field: Object = None) -> None:
    self.attrs["value"] = value
    self.attrs["output_field"] = output_field


@method(JSON_NULL, "__init__")
def _json_null_init(interp: Interp, self: Instance) -> None:
    self.attrs.update(value=None, output_field=None)


@method(BASE_EXPRESSION, "resolve_expression")
def _resolve(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> Object:
    return Unknown(f"{self.cls.name} is resolved by a query")


method(F, "resolve_expression")(_resolve)
method(Q, "resolve_expression")(_resolve)


@method(BASE_EXPRESSION, "copy")
def _copy_expression(interp: Interp, self: Instance) -> Object:
    return Instance(self.cls, dict(self.attrs), self.args, dict(self.kwargs), self.origin, self.order, self.doubts)


# Q


@method(Q, "__init__")
def _q_init(
    interp: Interp, self: Instance, *args: Object, _connector: Object = None, _negated: Object = False, **kwargs: Object
) -> None:
    self.attrs["children"] = [*args, *sorted(kwargs.items())]
    self.attrs["connector"] = _connector or "AND"
    self.attrs["negated"] = _negated


def _new_q(model: Instance, children: list[Object], connector: Object, negated: Object = False) -> Instance:
    cls = model.cls if Q in model.cls.mro else Q
    return Instance(cls, {"children": children, "connector": connector, "negated": negated}, origin=model.origin)


def _copy_q(q: Instance) -> Instance:
    return _new_q(q, list(q.attrs["children"]), q.attrs["connector"], q.attrs["negated"])


def _q(obj: Object) -> Instance:
    """An operand of a logical operator as a Q."""
    if isinstance(obj, Instance):
        return obj if Q in obj.cls.mro else Instance(Q, {"children": [obj], "connector": "AND", "negated": False})
    if isinstance(obj, External):
        raise Stuck(obj.missing or Unknown(f"{obj.ref.path} could not be read"))
    raise Raised("TypeError", "only conditions can be combined")


def _add(q: Instance, data: Instance, connector: str) -> None:
    """A condition joins another: into it where the connectors agree, beside it otherwise."""
    attrs = q.attrs
    if attrs["connector"] != connector:
        attrs.update(children=[_copy_q(q), data], connector=connector)
        return
    is_q = Q in data.cls.mro
    if (
        is_q
        and truth(data.attrs["negated"]) is False
        and (data.attrs["connector"] == connector or len(data.attrs["children"]) == 1)
    ):
        attrs["children"].extend(data.attrs["children"])
    else:
        attrs["children"].append(data)


def _join(interp: Interp, left: Instance, right: Instance, connector: str) -> Object:
    if not left.attrs["children"]:
        return _copy_q(right) if Q in right.cls.mro else right
    if Q in right.cls.mro and not right.attrs["children"]:
        return _copy_q(left)
    joined = _new_q(left, [], connector)
    _add(joined, left, connector)
    _add(joined, right, connector)
    return joined


def _q_operator(name: str, connector: str) -> None:
    @method(Q, name)
    def _apply(interp: Interp, self: Instance, other: Object) -> Object:
        if isinstance(other, Unknown):
            raise Stuck(other)
        if isinstance(other, Instance) and Q not in other.cls.mro:
            joined = _new_q(self, [], connector)
            if not self.attrs["children"]:
                return other
            _add(joined, self, connector)
            joined.attrs["children"].append(other)
            return joined
        return _join(interp, self, _q(other), connector)


for _name, _connector in {"__and__": "AND", "__or__": "OR", "__xor__": "XOR"}.items():
    _q_operator(_name, _connector)


@method(Q, "__invert__")
def _q_invert(interp: Interp, self: Instance) -> Object:
    q = _copy_q(self)
    negated = truth(q.attrs["negated"])
    q.attrs["negated"] = q.attrs["negated"] if negated is None else not negated
    return q


@method(Q, "__bool__")
def _q_bool(interp: Interp, self: Instance) -> Object:
    return bool(self.attrs["children"])


@method(Q, "copy")
def _q_copy(interp: Interp, self: Instance) -> Object:
    return _copy_q(self)


@method(Q, "add")
def _q_add(interp: Interp, self: Instance, data: Object, conn_type: Object) -> Object:
    if not isinstance(conn_type, str):
        raise Stuck(Unknown("the connector of a condition is not known"))
    if isinstance(data, tuple):
        self.attrs["children"].append(data) if self.attrs["connector"] == conn_type else self.attrs.update(
            children=[_copy_q(self), data], connector=conn_type
        )
    else:
        _add(self, _q(data), conn_type)
    return self


@method(Q, "negate")
def _q_negate(interp: Interp, self: Instance) -> None:
    self.attrs["negated"] = truth(self.attrs["negated"]) is not True


@method(Q, "deconstruct")
def _q_deconstruct(interp: Interp, self: Instance) -> Object:
    path = "django.db.models.Q" if self.cls is Q else f"{self.cls.module}.{self.cls.name}"
    kwargs: dict[str, Object] = {}
    if self.attrs["connector"] != "AND":
        kwargs["_connector"] = self.attrs["connector"]
    if truth(self.attrs["negated"]) is not False:
        kwargs["_negated"] = self.attrs["negated"] if isinstance(self.attrs["negated"], Unknown) else True
    return path, tuple(self.attrs["children"]), kwargs
