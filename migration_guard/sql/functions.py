"""Operators, lookups and database functions per database: tables for review.

In: names. Out: templates. `{0}` in a function's template is the list of its arguments, `{1}`, `{2}` are single ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from migration_guard.sql.column import Column
from migration_guard.sql.profiles import Literals, Profile
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, plain

COMPARISONS: Mapping[str, str] = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
LOOKUP_OF_CLASS: Mapping[str, str] = {
    "Exact": "exact", "GreaterThan": "gt", "GreaterThanOrEqual": "gte", "LessThan": "lt", "LessThanOrEqual": "lte",
    "IsNull": "isnull", "In": "in",
}  # fmt: skip
PATTERNS = frozenset(
    {"iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex"}
)
LOOKUPS = frozenset({*COMPARISONS, *PATTERNS, "isnull", "in", "range"})
INTEGERS = frozenset(
    {"IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"}
    | {"PositiveSmallIntegerField", "AutoField", "BigAutoField", "SmallAutoField"}
)
TEMPORAL = frozenset({"DateField", "DateTimeField", "TimeField", "DurationField"})

FIELD_OF_PYTHON: Mapping[str, str] = {
    "str": "CharField", "bool": "BooleanField", "int": "IntegerField", "float": "FloatField",
    "datetime": "DateTimeField", "date": "DateField", "time": "TimeField", "timedelta": "DurationField",
    "Decimal": "DecimalField", "bytes": "BinaryField", "UUID": "UUIDField",
}  # fmt: skip
"""The field of a constant, by its Python type."""


def pattern(name: str, left: str, literal: Callable[[str], str], value: str, profile: Profile, *, address: bool) -> str:
    """A comparison with LIKE or a regular expression."""
    style = _STYLES.get(profile.types)
    if style is None:
        raise NoPreview(f"the lookup {name} on {profile.name}")
    if name in ("regex", "iregex"):
        return style.regex[name].format(style.left(name, left, address), literal(value))
    escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    if name == "iexact":
        value = value if style.exact_keeps_text else escaped
    else:
        kind = name.lstrip("i") if name != "iexact" else name
        value = {"contains": f"%{escaped}%", "startswith": f"{escaped}%", "endswith": f"%{escaped}"}[kind]
    return f"{style.left(name, left, address)} {style.operators[name].format(literal(value))}"


def pattern_of_expression(name: str, left: str, right: str, profile: Profile, *, address: bool) -> str:
    """A comparison with LIKE of an expression: the database escapes it."""
    style = _STYLES.get(profile.types)
    if style is None or name in ("iexact", "regex", "iregex"):
        raise NoPreview(f"the lookup {name} of an expression on {profile.name}")
    word = name[1:] if name.startswith("i") else name
    escaped = style.escape.replace("{}", right)
    if name.startswith("i") and style.upper_expressions:
        escaped = f"UPPER({escaped})"
    operator = style.operators[name].partition("{}")[0] if style.upper_expressions else "LIKE BINARY "
    operator = "LIKE " if style.upper_expressions or name.startswith("i") else operator
    return f"{style.left(name, left, address)} {operator}{style.joined[word].replace('{}', escaped)}{style.ending}"


_PIPES = {"contains": "'%' || {} || '%'", "startswith": "{} || '%'", "endswith": "'%' || {}"}
_CONCAT = {"contains": "CONCAT('%', {}, '%')", "startswith": "CONCAT({}, '%')", "endswith": "CONCAT('%', {})"}


@dataclass(frozen=True, slots=True)
class _Style:
    operators: Mapping[str, str]
    regex: Mapping[str, str]
    left: Callable[[str, str, bool], str] = lambda name, left, address: left
    exact_keeps_text: bool = False
    escape: str = ""
    joined: Mapping[str, str] = field(default_factory=dict)
    upper_expressions: bool = True
    ending: str = ""


def _all(sensitive: str, insensitive: str, exact: str) -> Mapping[str, str]:
    words = ("contains", "startswith", "endswith")
    return {
        **dict.fromkeys(words, sensitive),
        **dict.fromkeys((f"i{word}" for word in words), insensitive),
        "iexact": exact,
    }


def _postgresql_left(name: str, left: str, address: bool) -> str:
    text = f"HOST({left})" if address else f"{left}::text"
    return f"UPPER({text})" if name in ("iexact", "icontains", "istartswith", "iendswith") else text


_MYSQL_ESCAPE = r"REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%', '\%'), '_', '\_')"
_LIKE_ESCAPE = "LIKE {} ESCAPE '\\'"
_STYLES: Mapping[str, _Style] = {
    "postgresql": _Style(
        _all("LIKE {}", "LIKE UPPER({})", "= UPPER({})"),
        {"regex": "{} ~ {}", "iregex": "{} ~* {}"},
        _postgresql_left,
        exact_keeps_text=True,
        escape=r"REPLACE(REPLACE(REPLACE({}, E'\\', E'\\\\'), E'%', E'\\%'), E'_', E'\\_')",
        joined=_PIPES,
    ),
    "sqlite": _Style(
        _all(_LIKE_ESCAPE, _LIKE_ESCAPE, _LIKE_ESCAPE),
        {"regex": "{} REGEXP {}", "iregex": "{} REGEXP '(?i)' || {}"},
        escape=r"REPLACE(REPLACE(REPLACE({}, '\', '\\'), '%', '\%'), '_', '\_')",
        joined=_PIPES,
        ending=r" ESCAPE '\'",
    ),
    "mysql": _Style(
        _all("LIKE BINARY {}", "LIKE {}", "LIKE {}"),
        {"regex": "REGEXP_LIKE({}, {}, 'c')", "iregex": "REGEXP_LIKE({}, {}, 'i')"},
        escape=_MYSQL_ESCAPE,
        joined=_CONCAT,
        upper_expressions=False,
    ),
    "mariadb": _Style(
        _all("LIKE BINARY {}", "LIKE {}", "LIKE {}"),
        {"regex": "{} REGEXP BINARY {}", "iregex": "{} REGEXP {}"},
        escape=_MYSQL_ESCAPE,
        joined=_CONCAT,
        upper_expressions=False,
    ),
}

_COMBINATIONS: Mapping[Literals, Mapping[str, str]] = {
    Literals.SQLITE: {"^": "POWER({},{})", "#": "BITXOR({},{})"},
    Literals.MYSQL: {
        "^": "POW({},{})", "&": "CONVERT({}&{}, SIGNED)", "|": "CONVERT({}|{}, SIGNED)",
        "<<": "CONVERT({}<<{}, SIGNED)", ">>": "FLOOR({} / POW(2, {}))", "#": "CONVERT({}^{}, SIGNED)",
    },
    Literals.ORACLE: {
        "%%": "MOD({}, {})", "&": "BITAND({}, {})", "|": "BITAND(-1-{},{})", "<<": "({0} * POWER(2, {1}))",
        ">>": "FLOOR({0} / POWER(2, {1}))", "^": "POWER({}, {})",
    },
    Literals.POSTGRESQL: {},
}  # fmt: skip


def combination(connector: str, profile: Profile) -> str:
    """The template of an arithmetic operator."""
    special = _COMBINATIONS[profile.literals].get(connector)
    if special is not None:
        return special
    if connector not in ("+", "-", "*", "/", "%%", "^", "&", "|", "#", "<<", ">>"):
        raise NoPreview(f"the operator {connector}")
    return "{} " + connector.replace("%%", "%") + " {}"


def combined_output(left: Column | None, right: Column | None, connector: str, scope: Scope) -> Column | None:
    """The type of an arithmetic expression, where it follows from its sides."""
    if left is None or right is None:
        return None
    kinds = {_kind(left), _kind(right)}
    if len(kinds) == 1:
        kind = kinds.pop()
        return scope.typed(kind) if kind else left
    for wider in ("DecimalField", "FloatField"):
        if wider in kinds and kinds <= {wider, "IntegerField"}:
            return scope.typed(wider)
    return None


def _kind(column: Column) -> str:
    return "IntegerField" if column.internal_type in INTEGERS else column.internal_type


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its template, and the class of the field that it yields (None: that of its arguments)."""

    template: str
    output: str | None = None


def _plain(name: str, output: str | None = None) -> Function:
    return Function(f"{name}({{0}})", output)


_FUNCTIONS: Mapping[str, Function] = {
    "Lower": _plain("LOWER"), "Upper": _plain("UPPER"), "Length": _plain("LENGTH", "IntegerField"),
    "Trim": _plain("TRIM"), "LTrim": _plain("LTRIM"), "RTrim": _plain("RTRIM"), "Replace": _plain("REPLACE"),
    "Reverse": _plain("REVERSE"), "Abs": _plain("ABS"), "Coalesce": _plain("COALESCE"), "NullIf": _plain("NULLIF"),
    "Greatest": _plain("GREATEST"), "Least": _plain("LEAST"), "Ceil": _plain("CEILING"), "Floor": _plain("FLOOR"),
    "Sign": _plain("SIGN"), "Sqrt": _plain("SQRT", "FloatField"), "Exp": _plain("EXP", "FloatField"),
    "Ln": _plain("LN", "FloatField"), "Mod": _plain("MOD"), "Power": _plain("POWER"),
    "Pi": _plain("PI", "FloatField"), "Random": _plain("RANDOM", "FloatField"), "MD5": _plain("MD5"),
    "Sin": _plain("SIN", "FloatField"), "Cos": _plain("COS", "FloatField"), "Tan": _plain("TAN", "FloatField"),
    "Degrees": _plain("DEGREES", "FloatField"), "Radians": _plain("RADIANS", "FloatField"),
    "LPad": _plain("LPAD"), "RPad": _plain("RPAD"), "Repeat": _plain("REPEAT"), "SHA256": _plain("SHA256"),
    "ATan2": _plain("ATAN2", "FloatField"), "Cot": _plain("COT", "FloatField"), "ACos": _plain("ACOS", "FloatField"),
    "ASin": _plain("ASIN", "FloatField"), "ATan": _plain("ATAN", "FloatField"), "Chr": _plain("CHR", "CharField"),
    "Ord": _plain("ASCII", "IntegerField"),
    "Substr": _plain("SUBSTRING"), "StrIndex": _plain("INSTR", "IntegerField"),
    "Now": Function("CURRENT_TIMESTAMP", "DateTimeField"),
    "RandomUUID": _plain("GEN_RANDOM_UUID", "UUIDField"),
    "TransactionNow": _plain("CURRENT_TIMESTAMP", "DateTimeField"),
}  # fmt: skip

_OWN: Mapping[str, Mapping[str, Function | None]] = {
    "postgresql": {
        "Now": Function("STATEMENT_TIMESTAMP()", "DateTimeField"), "StrIndex": _plain("STRPOS", "IntegerField"),
        "TransactionNow": Function("CURRENT_TIMESTAMP", "DateTimeField"),
        "SHA256": Function("ENCODE(DIGEST({0}, 'sha256'), 'hex')"),
    },
    "sqlite": {
        "Now": Function("STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')", "DateTimeField"), "Greatest": _plain("MAX"),
        "Least": _plain("MIN"), "Substr": _plain("SUBSTR"), "Random": _plain("RAND", "FloatField"),
        "Chr": _plain("CHAR", "CharField"), "Ord": _plain("UNICODE", "IntegerField"),
    },
    "mysql": {
        "Now": Function("CURRENT_TIMESTAMP(6)", "DateTimeField"), "Length": _plain("CHAR_LENGTH", "IntegerField"),
        "Random": _plain("RAND", "FloatField"), "Chr": Function("CHAR({0} USING utf16)", "CharField"),
        "Ord": _plain("ORD", "IntegerField"), "SHA256": Function("SHA2({0}, 256)"),
    },
    "oracle": {"Substr": _plain("SUBSTR"), "Pi": None, "MD5": None, "Random": None},
}  # fmt: skip


def find(call: Call, profile: Profile) -> Function | None:
    """The function that a call names, on a database."""
    if call.func.name == "Func":
        return _general(call)
    own = _OWN["mysql" if profile.types == "mariadb" else profile.types]
    if set(call.kwargs) - {"output_field"}:
        return None
    return own[call.func.name] if call.func.name in own else _FUNCTIONS.get(call.func.name)


def _general(call: Call) -> Function | None:
    """`Func(..., function="X")`, with a template and a joiner of its own perhaps."""
    name = plain(call.kwargs.get("function", Const("")))
    template = plain(call.kwargs.get("template", Const("%(function)s(%(expressions)s)")))
    joiner = plain(call.kwargs.get("arg_joiner", Const(", ")))
    if not isinstance(joiner, str) or not isinstance(template, str) or "{" in template + joiner:
        return None
    if set(call.kwargs) - {"function", "template", "arg_joiner", "output_field"}:
        return None
    joined = "{0}" if joiner == ", " else joiner.join(f"{{{place}}}" for place in range(1, len(call.args) + 1))
    try:
        return Function(template % {"function": name, "expressions": joined})
    except (KeyError, ValueError, TypeError):
        return None


_CASTS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {},
    "sqlite": {"DateField": "TEXT", "DateTimeField": "TEXT"},
    "oracle": {"TextField": "NVARCHAR2(2000)"},
    "mysql": {
        **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField"), "signed integer"),
        **dict.fromkeys(("IntegerField", "BigIntegerField", "SmallIntegerField"), "signed integer"),
        **dict.fromkeys(
            ("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"), "unsigned integer"
        ),
        "TextField": "char", "DurationField": "signed integer",
    },
}  # fmt: skip


def cast(text: str, output: Column, profile: Profile) -> str:
    """CAST in a database's own way."""
    kinds = "mysql" if profile.types == "mariadb" else profile.types
    internal = output.internal_type
    if output.type_name == "ArrayField" or (kinds in ("sqlite", "mysql") and internal in (*TEMPORAL, "JSONField")):
        raise NoPreview(f"a cast to {output.type_name} on {profile.name}")
    target = _CASTS[kinds].get(internal)
    if target is None and internal == "CharField":
        length = plain(output.field.attr("max_length"))
        bare = {"postgresql": "varchar", "sqlite": "text", "mysql": "char", "oracle": "NVARCHAR2(2000)"}[kinds]
        sized = {"mysql": f"char({length})"}.get(kinds, output.db_type if length is not None else "")
        target = bare if length is None else sized
    if kinds == "mysql" and internal == "DecimalField":
        target = output.db_type.replace("numeric", "decimal")
    if kinds == "mysql" and internal == "FloatField":
        return f"({text} + 0.0)"
    target = target or output.db_type
    return f"({text})::{target}" if kinds == "postgresql" else f"CAST({text} AS {target})"


def concatenation(sources: Sequence[Compiled], profile: Profile) -> str:
    """Concat: in pairs from the right, nulls as empty strings."""
    if len(sources) < 2:
        raise NoPreview("Concat of one argument")
    first, *rest = sources
    last = rest[0].text if len(rest) == 1 else concatenation(rest, profile)
    if profile.literals is Literals.MYSQL:
        return f"CONCAT_WS('', {first.text}, {last})"
    if profile.literals is Literals.ORACLE:
        raise NoPreview("Concat on Oracle")
    head = _as_text(first, profile)
    tail = _as_text(rest[0], profile) if len(rest) == 1 else last
    return f"(COALESCE({head}, '') || COALESCE({tail}, ''))"


def _as_text(source: Compiled, profile: Profile) -> str:
    if profile.literals is not Literals.POSTGRESQL:
        return source.text
    if source.output is None:
        raise NoPreview("Concat of an expression of unknown type")
    textual = source.output.internal_type in ("CharField", "TextField", "SlugField", "FileField", "FilePathField")
    return source.text if textual else f"({source.text})::text"
