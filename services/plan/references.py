"""Names in a plan file: each declared once, and declared at all."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.menu_model import MenuPart
from services.plan.model import MatchPart, PlanModel, RoutePart

# Where a name of each kind is declared.
SECTIONS = {
    "company": "companies",
    "queue": "queues",
    "hours": "hours",
    "menu": "menus",
    "skill": "skills",
    "group": "groups",
    "caller list": "caller_lists",
}

Mention = tuple[Path, str, str]


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
        what_to_do = f"give each its own {'key' if name == 'keys' else 'id'}"
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
    for name in ("companies", "hours", "menus", "queues", "entry_points", "agents"):
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


def _undeclared(content: PlanModel) -> Iterator[Finding]:
    known: Mapping[str, list[str]] = {
        "company": [part.id for part in content.companies],
        "queue": [part.id for part in content.queues],
        "hours": [part.id for part in content.hours],
        "menu": [part.id for part in content.menus],
        "skill": list(content.skills),
        "group": list(content.groups),
        "caller list": list(content.caller_lists),
    }
    for path, kind, name in _mentions(content):
        if name not in known[kind]:
            near = get_close_matches(name, known[kind], n=1)
            instead = f"did you mean {near[0]}? If not, " if near else ""
            yield Finding(path, f"there is no {kind} {shown(name)}", f"{instead}declare it under {SECTIONS[kind]}")


def _mentions(content: PlanModel) -> Iterator[Mention]:
    for index, company in enumerate(content.companies):
        for place, address in enumerate(company.addresses):
            yield from _named(("companies", index, "addresses", place), menu=address.menu, hours=address.hours)
    for index, menu in enumerate(content.menus):
        yield from _in_menu(("menus", index), menu)
    for index, queue in enumerate(content.queues):
        yield ("queues", index, "company"), "company", queue.company
        yield from _each(("queues", index, "groups"), "group", queue.groups)
        yield from _named(("queues", index), hours=queue.hours)
    for index, entry in enumerate(content.entry_points):
        yield from _in_match(("entry_points", index, "match"), entry.match)
        yield from _in_route(("entry_points", index, "route"), entry.route)
    yield from _in_route(("default",), content.default)
    for index, agent in enumerate(content.agents):
        yield from _each(("agents", index, "companies"), "company", agent.companies)
        yield from _each(("agents", index, "groups"), "group", agent.groups)
        yield from _keys(("agents", index, "skills"), agent.skills)


def _in_menu(path: Path, menu: MenuPart) -> Iterator[Mention]:
    yield from _named(path, company=menu.company, hours=menu.hours)
    for place, choice in enumerate(menu.choices):
        yield from _named((*path, "choices", place), menu=choice.menu)


def _named(path: Path, **names: str) -> Iterator[Mention]:
    """What stands under a key that is called as what it names."""
    return (((*path, kind), kind, name) for kind, name in names.items() if name)


def _in_match(path: Path, match: MatchPart) -> Iterator[Mention]:
    yield from _each((*path, "company"), "company", match.company)
    yield from _named(path, hours=match.hours)
    if match.caller is not None:
        yield from _each((*path, "caller", "list"), "caller list", match.caller.list)


def _in_route(path: Path, route: RoutePart) -> Iterator[Mention]:
    yield (*path, "queue"), "queue", route.queue
    yield from _keys((*path, "skills"), route.skills)


def _each(path: Path, kind: str, names: Iterable[str]) -> Iterator[Mention]:
    return (((*path, index), kind, name) for index, name in enumerate(names))


def _keys(path: Path, skills: Iterable[str]) -> Iterator[Mention]:
    return (((*path, skill), "skill", skill) for skill in skills)


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
