"""Names in a plan file: each declared once, and declared at all."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.mentions import mentions, routes
from services.plan.model import PlanModel

# Where a name of each kind is declared.
SECTIONS = {
    "company": "companies",
    "queue": "queues",
    "hours": "hours",
    "menu": "menus",
    "skill": "skills",
    "group": "groups",
    "caller list": "caller_lists",
    "site": "sites",
    "agent": "agents",
}


# What is listed twice is not always two things with one id.
MEND_TWICE = {"queues of the spread": "add the shares up and keep one"}


def name_findings(content: PlanModel) -> Iterator[Finding]:
    """Names declared twice, names never declared, addresses that two companies claim, an unknown time zone."""
    yield from _declared_twice(content)
    yield from _reserved(content)
    yield from _undeclared(content)
    yield from _claimed_twice(content)
    yield from _unknown_zone(content)


def _declared_twice(content: PlanModel) -> Iterator[Finding]:
    for name, ids in _declarations(content):
        seen: set[str] = set()
        what_to_do = "give each its own key" if name == "keys" else MEND_TWICE.get(name, "give each its own id")
        for path, each in ids:
            if each in seen:
                yield Finding(path, f"{shown(each)} is here a second time among the {name}", what_to_do)
            seen.add(each)


def _reserved(content: PlanModel) -> Iterator[Finding]:
    for index, entry in enumerate(content.entry_points):
        if entry.id == "default":
            what = "an entry point can't be called default: that is what the default route is called"
            yield Finding(("entry_points", index, "id"), what, "give it another id")


def _declarations(content: PlanModel) -> Iterator[tuple[str, list[tuple[Path, str]]]]:
    for name in ("companies", "hours", "sites", "menus", "queues", "entry_points", "agents"):
        parts = getattr(content, name)
        yield name, [((name, index, "id"), part.id) for index, part in enumerate(parts)]
    for name in ("skills", "groups", "away_reasons"):
        yield name, [((name, index), each) for index, each in enumerate(getattr(content, name))]
    for index, company in enumerate(content.companies):
        above = ("companies", index, "dispositions")
        yield "dispositions", [((*above, place, "id"), each.id) for place, each in enumerate(company.dispositions)]
    for index, menu in enumerate(content.menus):
        above = ("menus", index, "choices")
        yield "choices", [((*above, place, "id"), each.id) for place, each in enumerate(menu.choices)]
        yield "keys", [((*above, place, "key"), each.key) for place, each in enumerate(menu.choices)]
    for path, route in routes(content):
        spread = enumerate(route.spread)
        yield "queues of the spread", [((*path, "spread", place, "queue"), each.queue) for place, each in spread]


def _undeclared(content: PlanModel) -> Iterator[Finding]:
    known: Mapping[str, list[str]] = {
        "company": [part.id for part in content.companies],
        "queue": [part.id for part in content.queues],
        "hours": [part.id for part in content.hours],
        "menu": [part.id for part in content.menus],
        "skill": list(content.skills),
        "group": list(content.groups),
        "caller list": list(content.caller_lists),
        "site": [part.id for part in content.sites],
        "agent": [part.id for part in content.agents],
    }
    for path, kind, name in mentions(content):
        if name not in known[kind]:
            near = get_close_matches(name, known[kind], n=1)
            instead = f"did you mean {near[0]}? If not, " if near else ""
            yield Finding(path, f"there is no {kind} {shown(name)}", f"{instead}declare it under {SECTIONS[kind]}")


def _claimed_twice(content: PlanModel) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for index, company in enumerate(content.companies):
        for place, part in enumerate(company.addresses):
            path = ("companies", index, "addresses", place, "address")
            spelt = part.address.casefold()
            owner = owners.setdefault(spelt, company.id)
            if owner != company.id:
                what = f"{shown(part.address)} is an address of company {shown(owner)} too"
                yield Finding(path, what, "let one company have it: the address says whose contact it is")
            elif (part.channel, spelt) in seen:
                yield Finding(path, f"{shown(part.address)} is here a second time", "take one of the two out")
            seen.add((part.channel, spelt))


def _unknown_zone(content: PlanModel) -> Iterator[Finding]:
    try:
        ZoneInfo(content.time_zone)
    # A folder of the time zone files ("Europe"), a path, a name too long: each fails in its own way.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(content.time_zone, available_timezones(), n=1)
        what_to_do = f"did you mean {near[0]}?" if near else "write a name of the IANA list: Europe/Berlin"
        yield Finding(("time_zone",), f"there is no time zone {shown(content.time_zone)}", what_to_do)
