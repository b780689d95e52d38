"""Every place of a plan file that names something which is declared elsewhere in it."""

from collections.abc import Iterable, Iterator

from services.plan.caller_model import CallerPart
from services.plan.defects import Path
from services.plan.match_model import MatchPart
from services.plan.menu_model import MenuPart
from services.plan.model import AgentPart, PlanModel, QueuePart
from services.plan.route_model import RoutePart, StepPart

# Where it stands, what kind of thing is named, and its name.
Mention = tuple[Path, str, str]


def mentions(content: PlanModel) -> Iterator[Mention]:
    """All names that are used, declared or not, in no particular order."""
    for index, company in enumerate(content.companies):
        for place, address in enumerate(company.addresses):
            yield from _named(("companies", index, "addresses", place), menu=address.menu, hours=address.hours)
    for index, site in enumerate(content.sites):
        yield from _named(("sites", index), hours=site.hours)
    for index, menu in enumerate(content.menus):
        yield from _in_menu(("menus", index), menu)
    for index, value in enumerate(content.customer_values):
        yield from _in_caller(("customer_values", index, "caller"), value.caller)
    for index, queue in enumerate(content.queues):
        yield from _in_queue(("queues", index), queue)
    for index, entry in enumerate(content.entry_points):
        yield from _in_match(("entry_points", index, "match"), entry.match)
    for path, route in routes(content):
        yield from _in_route(path, route)
    for index, agent in enumerate(content.agents):
        yield from _in_agent(("agents", index), agent)


def routes(content: PlanModel) -> Iterator[tuple[Path, RoutePart]]:
    """Every route of the file, with its path: those of the entry points, then the default."""
    for index, entry in enumerate(content.entry_points):
        yield ("entry_points", index, "route"), entry.route
    yield ("default",), content.default


def leads(path: Path, route: RoutePart) -> Iterator[tuple[Path, str]]:
    """The queues that a route leads to beside its own: those of its spread, then those of its steps."""
    for place, share in enumerate(route.spread):
        yield (*path, "spread", place, "queue"), share.queue
    for place, step in enumerate(route.steps):
        if step.queue:
            yield (*path, "steps", place, "queue"), step.queue


def _in_menu(path: Path, menu: MenuPart) -> Iterator[Mention]:
    yield from _named(path, company=menu.company, hours=menu.hours)
    for place, choice in enumerate(menu.choices):
        yield from _named((*path, "choices", place), menu=choice.menu)


def _in_queue(path: Path, queue: QueuePart) -> Iterator[Mention]:
    yield from _named(path, company=queue.company, hours=queue.hours, site=queue.site)
    yield from _each((*path, "groups"), "group", queue.groups)
    if queue.escalates_to:
        yield (*path, "escalates_to"), "queue", queue.escalates_to


def _in_match(path: Path, match: MatchPart) -> Iterator[Mention]:
    yield from _each((*path, "company"), "company", match.company)
    yield from _named(path, hours=match.hours)
    if match.caller is not None:
        yield from _in_caller((*path, "caller"), match.caller)


def _in_caller(path: Path, caller: CallerPart) -> Iterator[Mention]:
    return _each((*path, "list"), "caller list", caller.list)


def _in_route(path: Path, route: RoutePart) -> Iterator[Mention]:
    yield from _named(path, queue=route.queue, agent=route.agent)
    yield from _keys((*path, "skills"), route.skills)
    yield from ((where, "queue", queue) for where, queue in leads(path, route))
    for place, step in enumerate(route.steps):
        yield from _in_step((*path, "steps", place), step)


def _in_step(path: Path, step: StepPart) -> Iterator[Mention]:
    yield from _keys((*path, "skills"), step.skills)
    yield from _each((*path, "drop_skills"), "skill", step.drop_skills)
    yield from _each((*path, "add_groups"), "group", step.add_groups)


def _in_agent(path: Path, agent: AgentPart) -> Iterator[Mention]:
    yield from _named(path, site=agent.site)
    yield from _each((*path, "companies"), "company", agent.companies)
    yield from _each((*path, "groups"), "group", agent.groups)
    yield from _keys((*path, "skills"), agent.skills)


def _named(path: Path, **names: str) -> Iterator[Mention]:
    """What stands under a key that is called as what it names."""
    return (((*path, kind), kind, name) for kind, name in names.items() if name)


def _each(path: Path, kind: str, names: Iterable[str]) -> Iterator[Mention]:
    return (((*path, index), kind, name) for index, name in enumerate(names))


def _keys(path: Path, skills: Iterable[str]) -> Iterator[Mention]:
    return (((*path, skill), "skill", skill) for skill in skills)
