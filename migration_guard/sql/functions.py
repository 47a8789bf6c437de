"""Operators, lookups and database functions per database: tables for review.

In: names. Out: templates. `{0}` in a function's template is the list of its arguments, `{1}`, `{2}` are single ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migration_guard import versions
from migration_guard.sql.column import Column
from migration_guard.sql.profiles import Literals, Profile
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.lineage import lineage
from migration_guard.values import Call, Const, Ref, Value, plain
from migration_guard.versions import Version

COMPARISONS: Mapping[str, str] = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
LOOKUP_OF_CLASS: Mapping[str, str] = {
    "Exact": "exact", "GreaterThan": "gt", "GreaterThanOrEqual": "gte", "LessThan": "lt", "LessThanOrEqual": "lte",
    "IsNull": "isnull", "In": "in", "Range": "range", "IExact": "iexact", "Contains": "contains",
    "IContains": "icontains", "StartsWith": "startswith", "IStartsWith": "istartswith", "EndsWith": "endswith",
    "IEndsWith": "iendswith", "Regex": "regex", "IRegex": "iregex",
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


_INTEGER_BITS: Mapping[str, int] = {
    "SmallIntegerField": 16, "PositiveSmallIntegerField": 16, "SmallAutoField": 16,
    "IntegerField": 32, "PositiveIntegerField": 32, "AutoField": 32,
    "BigIntegerField": 64, "PositiveBigIntegerField": 64, "BigAutoField": 64,
}  # fmt: skip


def integer_range(kind: str, profile: Profile) -> tuple[float, float]:
    """The lowest and the highest number of a class of fields, as Django has it for a database."""
    bits, positive = _INTEGER_BITS[kind], kind.startswith("Positive")
    match profile.literals:
        case Literals.SQLITE:
            bits = 64
        case Literals.MYSQL if positive:
            return 0, 2**bits - 1
        case Literals.ORACLE:
            return -math.inf, math.inf
    return (0 if positive else -(2 ** (bits - 1))), 2 ** (bits - 1) - 1


def pattern(name: str, left: str, literal: Callable[[str], str], value: str, profile: Profile, *, address: bool) -> str:
    """A comparison with LIKE or a regular expression."""
    style = _style(name, profile)
    if name in ("regex", "iregex"):
        return style.regex[name].format(style.left(name, left, address), literal(value))
    escaped = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    if name == "iexact":
        value = value if style.exact_keeps_text else escaped
    else:
        value = {"contains": f"%{escaped}%", "startswith": f"{escaped}%", "endswith": f"%{escaped}"}[name.lstrip("i")]
    return f"{style.left(name, left, address)} {style.operators[name].format(literal(value))}"


def pattern_of_expression(name: str, left: str, right: str, profile: Profile, *, address: bool) -> str:
    """A comparison with LIKE or a regular expression that the database works out: it escapes it too."""
    style = _style(name, profile)
    own = style.left(name, left, address)
    if name in ("regex", "iregex"):
        return style.regex[name].format(own, right)
    if name == "iexact":
        return f"{own} {style.operators[name].format(right)}"
    word = name[1:] if name.startswith("i") else name
    escaped = style.escape.replace("{}", right)
    if name.startswith("i") and style.upper_expressions:
        escaped = f"UPPER({escaped})"
    operator = "LIKE " if style.upper_expressions or name.startswith("i") else "LIKE BINARY "
    return f"{own} {operator}{style.joined[word].replace('{}', escaped)}{style.ending}"


def _style(name: str, profile: Profile) -> _Style:
    style = _STYLES.get(profile.types)
    if style is None:
        raise NoPreview(f"the lookup {name} on {profile.name}")
    return style


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
_NATIONAL = "TRANSLATE({} USING NCHAR_CS)"
_NATIONAL_ESCAPE = "ESCAPE TRANSLATE('\\' USING NCHAR_CS)"
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
    "oracle": _Style(
        _all(f"LIKE {_NATIONAL} {_NATIONAL_ESCAPE}", f"LIKE UPPER({_NATIONAL}) {_NATIONAL_ESCAPE}", "= UPPER({})"),
        {"regex": "REGEXP_LIKE({}, {}, 'c')", "iregex": "REGEXP_LIKE({}, {}, 'i')"},
        exact_keeps_text=True,
        escape=r"REPLACE(REPLACE(REPLACE({}, '\', '\\'), '%', '\%'), '_', '\_')",
        joined={word: f"TRANSLATE( {text} USING NCHAR_CS)" for word, text in _PIPES.items()},
        ending=f" {_NATIONAL_ESCAPE}",
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
        "%%": "MOD({},{})", "&": "BITAND({},{})", "|": "BITAND(-{0}-1,{1})+{0}", "<<": "({0} * POWER(2, {1}))",
        ">>": "FLOOR({0} / POWER(2, {1}))", "^": "POWER({},{})",
    },
    Literals.POSTGRESQL: {},
}  # fmt: skip


def combination(connector: str, profile: Profile) -> str:
    """The template of an arithmetic operator."""
    special = _COMBINATIONS[profile.literals].get(connector)
    if special is not None:
        return special
    if connector not in ("+", "-", "*", "/") and profile.literals is Literals.ORACLE:
        raise NoPreview(f"the operator {connector} on Oracle")
    if connector not in ("+", "-", "*", "/", "%%", "^", "&", "|", "#", "<<", ">>", "||", "&&"):
        raise NoPreview(f"the operator {connector}")
    return "{} " + connector.replace("%%", "%") + " {}"


def combined_output(left: Compiled, right: Compiled, scope: Scope) -> Column | None:
    """The type of an arithmetic expression, where it follows from its sides."""
    kinds = {"IntegerField" if item.kind in INTEGERS else item.kind for item in (left, right)}
    if "" in kinds:
        return None
    if len(kinds) == 1:
        return scope.typed(kinds.pop()) if kinds <= _SIMPLE else left.output
    for wider in ("DecimalField", "FloatField"):
        if wider in kinds and kinds <= {wider, "IntegerField"}:
            return scope.typed(wider)
    return None


_SIMPLE = {"IntegerField", "FloatField", "DecimalField", "DurationField"}


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its template, and the class of the field that it yields (None: that of its arguments)."""

    template: str
    output: str | None = None
    numeric: bool = False
    """It yields decimals if there are any among its arguments, else floats."""
    names: tuple[str, ...] = ()
    """Names of its arguments, in order."""
    defaults: Mapping[str, Value] = field(default_factory=dict)
    exact_inputs: bool = False
    """On PostgreSQL floats are cast to decimals for it."""
    keeps_decimals: bool = False
    """On SQLite decimals are not cast."""


def _plain(name: str, output: str | None = None, *names: str, **defaults: str) -> Function:
    values = {key: Call(Ref("django.db.models", "Value"), (Const(text),)) for key, text in defaults.items()}
    return Function(f"{name}({{0}})", output, names=names, defaults=values)


def _number(name: str, *, exact_inputs: bool = False, keeps_decimals: bool = False) -> Function:
    return Function(f"{name}({{0}})", numeric=True, exact_inputs=exact_inputs, keeps_decimals=keeps_decimals)


_FUNCTIONS: Mapping[str, Function] = {
    "Lower": _plain("LOWER"), "Upper": _plain("UPPER"), "Length": _plain("LENGTH", "IntegerField"),
    "Trim": _plain("TRIM"), "LTrim": _plain("LTRIM"), "RTrim": _plain("RTRIM"), "Reverse": _plain("REVERSE"),
    "Replace": _plain("REPLACE", None, "expression", "text", "replacement", replacement=""),
    "LPad": _plain("LPAD", "CharField", "expression", "length", "fill_text", fill_text=" "),
    "RPad": _plain("RPAD", "CharField", "expression", "length", "fill_text", fill_text=" "),
    "Repeat": _plain("REPEAT", "CharField", "expression", "number"),
    "Substr": _plain("SUBSTRING", "CharField", "expression", "pos", "length"),
    "StrIndex": _plain("INSTR", "IntegerField"), "Chr": _plain("CHR", "CharField"),
    "Ord": _plain("ASCII", "IntegerField"), "MD5": _plain("MD5"),
    **{f"SHA{bits}": _plain(f"SHA{bits}") for bits in (1, 224, 256, 384, 512)},
    "Abs": _plain("ABS"), "Coalesce": _plain("COALESCE"), "NullIf": _plain("NULLIF"),
    "Greatest": _plain("GREATEST"), "Least": _plain("LEAST"), "Ceil": _plain("CEILING"), "Floor": _plain("FLOOR"),
    "Sign": _plain("SIGN"), "Sqrt": _number("SQRT"), "Exp": _number("EXP"), "Ln": _number("LN"),
    "Mod": _number("MOD", exact_inputs=True), "Power": _number("POWER"),
    "Log": _number("LOG", exact_inputs=True, keeps_decimals=True), "ATan2": _number("ATAN2", keeps_decimals=True),
    "Pi": _number("PI"), "Random": _number("RANDOM"), "Sin": _number("SIN"), "Cos": _number("COS"),
    "Tan": _number("TAN"), "Degrees": _number("DEGREES"), "Radians": _number("RADIANS"),
    "Cot": _number("COT"), "ACos": _number("ACOS"), "ASin": _number("ASIN"), "ATan": _number("ATAN"),
    "Now": Function("CURRENT_TIMESTAMP", "DateTimeField"),
}  # fmt: skip

_OWN: Mapping[str, Mapping[str, Function | None]] = {
    "postgresql": {
        "Now": Function("STATEMENT_TIMESTAMP()", "DateTimeField"), "StrIndex": _plain("STRPOS", "IntegerField"),
        "TransactionNow": Function("CURRENT_TIMESTAMP", "DateTimeField"),
        **{f"SHA{bits}": Function(f"ENCODE(DIGEST({{0}}, 'sha{bits}'), 'hex')") for bits in (1, 224, 256, 384, 512)},
        "RandomUUID": _plain("GEN_RANDOM_UUID", "UUIDField"), "UUID4": _plain("GEN_RANDOM_UUID", "UUIDField"),
    },
    "sqlite": {
        "Now": Function("STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')", "DateTimeField"), "Greatest": _plain("MAX"),
        "Least": _plain("MIN"), "Substr": _plain("SUBSTR", "CharField", "expression", "pos", "length"),
        "Random": _number("RAND"), "Chr": _plain("CHAR", "CharField"), "Ord": _plain("UNICODE", "IntegerField"),
        "UUID4": _plain("UUIDV4", "UUIDField"), "JSONArray": _plain("JSON_ARRAY", "JSONField"),
    },
    "mysql": {
        "Now": Function("CURRENT_TIMESTAMP(6)", "DateTimeField"), "Length": _plain("CHAR_LENGTH", "IntegerField"),
        "Random": _number("RAND"), "Chr": Function("CHAR({0} USING utf16)", "CharField"),
        "Ord": _plain("ORD", "IntegerField"), "JSONArray": _plain("JSON_ARRAY", "JSONField"),
        **{f"SHA{bits}": Function(f"SHA2({{0}}, {bits})") for bits in (224, 256, 384, 512)},
    },
    "oracle": {
        "Substr": _plain("SUBSTR", "CharField", "expression", "pos", "length"), "Ceil": _plain("CEIL"),
        "Pi": Function("3.141592653589793", numeric=True), "Random": _number("DBMS_RANDOM.VALUE"),
        "Cot": Function("(1 / TAN({0}))", numeric=True), "Now": Function("LOCALTIMESTAMP", "DateTimeField"),
        "Degrees": Function("(({0}) * 180 / 3.141592653589793)", numeric=True),
        "Radians": Function("(({0}) * 3.141592653589793 / 180)", numeric=True),
        **{
            name: Function(
                f"LOWER(RAWTOHEX(STANDARD_HASH(UTL_I18N.STRING_TO_RAW({{0}}, 'AL32UTF8'), '{name}')))"
            )
            for name in ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
        },
        "SHA224": None, "JSONArray": Function("JSON_ARRAY({0} NULL ON NULL RETURNING CLOB)", "JSONField"),
        "Chr": Function("CHR({0} USING NCHAR_CS)", "CharField"),
        "Reverse": Function(
            "(SELECT LISTAGG(s) WITHIN GROUP (ORDER BY n DESC) FROM (SELECT LEVEL n, SUBSTR({0}, LEVEL, 1) s "
            "FROM DUAL CONNECT BY LEVEL <= LENGTH({0})) GROUP BY {0})"
        ),
        "Repeat": Function("RPAD({1}, (LENGTH({1}) * {2}), {1})", "CharField", names=("expression", "number")),
    },
}  # fmt: skip


def find(call: Call, profile: Profile) -> Function | None:
    """The function that a call names, on a database."""
    if call.func.name == "Func":
        return _general(call)
    own = _OWN["mysql" if profile.types == "mariadb" else profile.types]
    row = own[call.func.name] if call.func.name in own else _FUNCTIONS.get(call.func.name)
    if row is None or set(call.kwargs) - {"output_field", *row.names}:
        return None
    return row


def arguments(call: Call, row: Function) -> Iterator[Value]:
    """The arguments of a function, with those that have a default."""
    yield from call.args
    for name in row.names[len(call.args) :]:
        if name in call.kwargs or name in row.defaults:
            given = call.kwargs.get(name, row.defaults.get(name))
            assert given is not None
            yield given


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
        text = template % {"function": name, "expressions": joined}
    except (KeyError, ValueError, TypeError):
        return None
    # Django formats the text once more when it fills in the parameters.
    return None if "%" in text else Function(text)


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


_DATES_ON_SQLITE: Mapping[str, str] = {
    "DateField": "date({})", "DateTimeField": "strftime('%Y-%m-%d %H:%M:%f', {})",
    "TimeField": "strftime('%H:%M:%f', {})",
}  # fmt: skip


def cast(text: str, output: Column, profile: Profile) -> str:
    """CAST in a database's own way."""
    kinds = "mysql" if profile.types == "mariadb" else profile.types
    internal = output.internal_type
    if kinds == "sqlite" and internal in _DATES_ON_SQLITE:
        return _DATES_ON_SQLITE[internal].replace("{}", text)
    if kinds == "mysql" and internal == "JSONField" and profile.json_is_text:
        return f"JSON_EXTRACT({text}, '$')"
    if kinds == "mysql" and internal == "FloatField":
        return f"({text} + 0.0)"
    if kinds == "oracle" and internal == "JSONField":
        return f"JSON_QUERY({text}, '$')"
    target = _CASTS[kinds].get(internal)
    if internal == "CharField":
        length = plain(output.field.attr("max_length"))
        bare = {"postgresql": "varchar", "sqlite": "text", "mysql": "char", "oracle": "NVARCHAR2(2000)"}[kinds]
        sized = f"char({length})" if kinds == "mysql" else output.db_type if length is not None else ""
        target = bare if length is None else sized
    if kinds == "mysql" and internal == "DecimalField":
        target = output.db_type.replace("numeric", "decimal")
    target = target or output.db_type
    return f"({text})::{target}" if kinds == "postgresql" else f"CAST({text} AS {target})"


def exact_input(item: Compiled, profile: Profile) -> str:
    """A float as a decimal of PostgreSQL, whose functions want that."""
    float_there = profile.literals is Literals.POSTGRESQL and item.kind == "FloatField"
    return f"({item.text})::numeric(1000, 15)" if float_there else item.text


TEXTS = frozenset({"CharField", "TextField", "SlugField", "FileField", "FilePathField"})


def concatenation(sources: Sequence[Compiled], profile: Profile, version: Version) -> str:
    """Concat: in pairs from the right, nulls as empty strings."""
    if len(sources) < 2:
        raise NoPreview("Concat of one argument")
    first, *rest = sources
    last = rest[0].text if len(rest) == 1 else concatenation(rest, profile, version)
    if profile.literals is Literals.ORACLE:
        return f"CONCAT({first.text}, {last})"
    if profile.literals is Literals.MYSQL:
        return f"CONCAT_WS('', {first.text}, {last})"
    piped = versions.CONCAT_IS_PIPES(version)
    if profile.literals is Literals.POSTGRESQL and not piped:
        return f"CONCAT(({first.text})::text, ({last})::text)"
    tail = last
    if len(rest) == 1:
        tail = _as_text(rest[0], profile)
    elif profile.literals is Literals.POSTGRESQL:
        common_output(rest)
    text = f"COALESCE({_as_text(first, profile)}, '') || COALESCE({tail}, '')"
    return f"({text})" if piped else text


def common_output(sources: Sequence[Compiled]) -> Column | None:
    """The field that all of them yield; as Django, NoPreview where they differ."""
    outputs = [item for item in sources if item.output is not None]
    for item in outputs[1:]:
        if not _is_a(outputs[0], item):
            raise NoPreview(f"mixed types: {outputs[0].kind}, {item.kind}; an output_field must be set")
    return outputs[0].output if outputs else None


def _is_a(item: Compiled, other: Compiled) -> bool:
    if item.kind == other.kind:
        return True
    classes = {path.rpartition(".")[2] for path in lineage(FIELD_TYPES.get(f"django.db.models.{item.kind}"))}
    return other.kind in classes


def _as_text(source: Compiled, profile: Profile) -> str:
    if profile.literals is not Literals.POSTGRESQL:
        return source.text
    if source.output is None:
        raise NoPreview("Concat of an expression of unknown type")
    return source.text if source.kind in TEXTS else f"({source.text})::text"
