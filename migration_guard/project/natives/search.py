"""Full-text search of `django.contrib.postgres`: vectors that are added to each other, as indexes use.

In and out as in `expressions`. Queries (`SearchQuery`, `SearchRank`) are stubs of the catalogue.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Class, Instance, Object, Raised, Stuck
from migration_guard.project.natives.declare import Interp, method, native_class
from migration_guard.project.natives.expressions import COMBINED, EXPRESSION, FUNC, make
from migration_guard.values import Unknown

MODULE = "django.contrib.postgres.search"

COMBINABLE = native_class(MODULE, "SearchVectorCombinable", namespace={"ADD": "||"})
VECTOR = native_class(MODULE, "SearchVector", (COMBINABLE, FUNC))
COMBINED_VECTOR = native_class(MODULE, "CombinedSearchVector", (COMBINABLE, COMBINED))
CONFIG = native_class(MODULE, "SearchConfig", (EXPRESSION,))
SEARCH_CLASSES: tuple[Class, ...] = (COMBINABLE, VECTOR, COMBINED_VECTOR, CONFIG)


@method(VECTOR, "__init__")
def _vector_init(
    interp: Interp, self: Instance, *expressions: Object, config: Object = None, weight: Object = None
) -> None:
    is_config = isinstance(config, Instance) and CONFIG in config.cls.mro
    self.attrs["config"] = config if config is None or is_config else make(interp, CONFIG, config)


@method(COMBINED_VECTOR, "__init__")
def _combined_init(
    interp: Interp,
    self: Instance,
    lhs: Object,
    connector: Object,
    rhs: Object,
    config: Object,
    output_field: Object = None,
) -> None:
    self.attrs["config"] = config


def _adds(name: str, swapped: bool) -> None:
    @method(COMBINABLE, name)
    def _add(interp: Interp, self: Instance, other: Object) -> Object:
        if isinstance(other, Unknown):
            raise Stuck(other)
        if not isinstance(other, Instance) or COMBINABLE not in other.cls.mro:
            raise Raised("TypeError", "SearchVector can only be combined with other SearchVector instances")
        left, right = (other, self) if swapped else (self, other)
        return make(interp, COMBINED_VECTOR, left, "||", right, self.attrs.get("config"))


_adds("__add__", swapped=False)
_adds("__radd__", swapped=True)
