"""Records of parts: read, made, compared and changed as if all fields of their parts were their own.

Each part is held as one object. Records that are alike in a part hold the same one, which then takes the room of one
field: of all that is known of contacts, little is of one contact alone.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, TypeVar, dataclass_transform

from services.router.core.record import FOUND_BY, PARTS, SHARED, names_in, record, written

R = TypeVar("R")

# Of each kind of part, how many different ones are known to whoever may share them: those that were used last.
SHARED_MAX = 4096
# By what a record inherits from: what keeps those fields.
_KEPT_AS: dict[Any, Any] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def part(kind: type[R]) -> type[R]:
    """Fields that are held as one object. Each has a default, which is nothing; records that have no more share one."""
    kept_as: Any = record(kind)
    defaults = tuple(each.default for each in fields(kept_as))
    untouched = kept_as()
    return _inherited(kept_as, lambda *values: untouched if values == defaults else kept_as(*values), shared=False)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def shared_part(kind: type[R]) -> type[R]:
    """Fields that are held as one object. Records that are alike in all of them share one."""
    kept_as: Any = record(kind)
    return _inherited(kept_as, lru_cache(SHARED_MAX)(kept_as), shared=True)


def nothing_in(kind: type[R]) -> R:
    """The part, held by all records that have nothing in it."""
    kept_as = _KEPT_AS[kind]
    nothing: R = FOUND_BY[kept_as](*(each.default for each in fields(kept_as)))
    return nothing


def held_as_one(*, init: Literal[False] = False) -> Any:
    """The field for a part."""
    return field(init=init, repr=False)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(held_as_one,))
def record_of_parts(kind: type[R]) -> type[R]:
    """A record that inherits from its parts, with a field for each: made with keywords, and the key of no dict."""
    dataclass(init=False, eq=False)(kind)
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    parts = {name: _KEPT_AS[known.pop(name).type] for name in tuple(known) if known[name].type in _KEPT_AS}
    forwarded = {each: f"{name}.{each}" for name, kept_as in parts.items() for each in names_in(kept_as)}
    slots = (*(name for name in known if name not in forwarded), *parts)
    names = {name: value for name, value in vars(kind).items() if name not in (*known, "__dict__", "__weakref__")}
    names |= {name: property(attrgetter(path)) for name, path in forwarded.items()}
    names |= {"__slots__": slots, "__init__": _init(known, slots, parts), "__eq__": _equal(slots)}
    made = type(kind.__name__, kind.__bases__, names)
    PARTS[made] = parts
    return made


def _inherited(kept_as: Any, found: Callable[..., Any], *, shared: bool) -> type[Any]:
    """What a record of such a part inherits from: it has the fields, and keeps nothing."""
    SHARED[kept_as], FOUND_BY[kept_as] = shared, found
    same = ("__doc__", "__module__", "__qualname__", "__dataclass_fields__", "__dataclass_params__")
    inherited = type(kept_as.__name__, (), {name: getattr(kept_as, name) for name in same} | {"__slots__": ()})
    _KEPT_AS[inherited] = kept_as
    return inherited


def _init(known: dict[str, Any], slots: tuple[str, ...], parts: dict[str, Any]) -> Any:
    # With `*` before them, each that is left out would be looked up in a dict.
    needed = (name for name, each in known.items() if each.default is MISSING)
    others = (f"{name}=known[{name!r}].default" for name, each in known.items() if each.default is not MISSING)
    values = {name: f"found_{name}({', '.join(names_in(parts[name]))})" if name in parts else name for name in slots}
    names = {"known": known} | {f"found_{name}": FOUND_BY[kept_as] for name, kept_as in parts.items()}
    lines = [f"self.{name} = {value}" for name, value in values.items()]
    return written("__init__", ", ".join(("self", *needed, *others)), lines, names)


def _equal(slots: tuple[str, ...]) -> Callable[[Any, object], Any]:
    values = attrgetter(*slots)
    return lambda one, other: values(one) == values(other) if type(other) is type(one) else NotImplemented
