"""The callers of a plan file: classes that rules can ask for, and the private part that says who is in them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.plan.caller import COUNTRY_CLASS, caller_hash
from services.plan.caller_model import CallerPart
from services.plan.compiled import CallerPrefix, CallerValue
from services.plan.model import EntryPointPart, PlanModel


@dataclass(frozen=True, slots=True)
class _Asked:
    """A place of the file that asks for callers, and the class of those that it names one by one."""

    caller: CallerPart
    named: str


def classes_of_entry(entry: EntryPointPart) -> tuple[str, ...]:
    """The classes of callers that an entry point asks for, sorted."""
    caller = entry.match.caller
    return () if caller is None else _classes(_Asked(caller, f"exact:{entry.id}"))


def caller_values(content: PlanModel) -> tuple[CallerValue, ...]:
    """What each class of customers is worth; of two values of one class the higher."""
    values: dict[str, int] = {}
    for part, asked in zip(content.customer_values, _valued(content), strict=True):
        for each in _classes(asked):
            values[each] = max(part.value, values.get(each, 0))
    return tuple(CallerValue(caller_class, value) for caller_class, value in sorted(values.items()))


def caller_prefixes(content: PlanModel) -> tuple[CallerPrefix, ...]:
    """The classes that are told by how a number begins, or by the domain of an address."""
    callers = [asked.caller for asked in _all_asked(content)]
    numbers = {CallerPrefix(f"prefix:{prefix}", prefix) for caller in callers for prefix in caller.prefix}
    domains = {CallerPrefix(f"domain:{domain}", f"@{domain}") for caller in callers for domain in caller.domain}
    return tuple(sorted(numbers | domains, key=lambda each: each.caller_class))


def private_part(content: PlanModel, key: bytes) -> bytes:
    """Keyed hashes of the callers by class, as JSON; empty if no caller is named."""
    classes = {f"list:{name}": callers for name, callers in content.caller_lists.items()}
    for asked in _all_asked(content):
        if asked.caller.exact:
            classes[asked.named] = asked.caller.exact
    hashes = {
        name: sorted({caller_hash(key, content.tenant, caller) for caller in callers})
        for name, callers in classes.items()
    }
    return _json(hashes) if hashes else b""


def _json(hashes: Mapping[str, list[str]]) -> bytes:
    return json.dumps(hashes, sort_keys=True, separators=(",", ":")).encode()


def _all_asked(content: PlanModel) -> Iterator[_Asked]:
    for entry in content.entry_points:
        if entry.match.caller is not None:
            yield _Asked(entry.match.caller, f"exact:{entry.id}")
    yield from _valued(content)


def _valued(content: PlanModel) -> Iterator[_Asked]:
    # No entry point's id has a place in it, so this class is never theirs.
    return (_Asked(part.caller, f"value:{place}") for place, part in enumerate(content.customer_values))


def _classes(asked: _Asked) -> tuple[str, ...]:
    caller = asked.caller
    found = {
        *(f"list:{name}" for name in caller.list),
        *(f"prefix:{prefix}" for prefix in caller.prefix),
        *(f"{COUNTRY_CLASS}{country}" for country in caller.country),
        *(f"domain:{domain}" for domain in caller.domain),
    }
    return tuple(sorted(found | ({asked.named} if caller.exact else set())))
