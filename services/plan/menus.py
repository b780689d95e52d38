"""Menus that callers would be lost in: that belong to another company, that nobody reaches, that nobody gets out of."""

from collections.abc import Iterator, Mapping, Sequence

from services.plan.borders import address_owners, companies_of
from services.plan.compiled import Channel
from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.menu_model import MenuPart
from services.plan.model import EntryPointPart, PlanModel

LEVELS_MAX = 8


def menu_findings(content: PlanModel) -> Iterator[Finding]:
    """Menus of another company, that nobody comes to, too deep, or without an end; paths that no menu makes."""
    # A menu that is not declared was reported already; one declared twice counts as its first.
    menus = {menu.id: menu for menu in reversed(content.menus)}
    yield from _borders(content, menus)
    levels = _levels(menus, _first_menus(content))
    for index, menu in enumerate(content.menus):
        yield from _place(("menus", index), menu, levels)
    yield from _endless(content, menus)
    yield from _impossible_paths(content, menus)


def _borders(content: PlanModel, menus: Mapping[str, MenuPart]) -> Iterator[Finding]:
    known = {company.id for company in content.companies}
    for path, company, name in _leads(content):
        menu = menus.get(name)
        if menu is not None and menu.company != company and {menu.company, company} <= known:
            what = f"callers of {shown(company)} would come to menu {shown(name)} of {shown(menu.company)}"
            yield Finding(path, what, "choose a menu of their own company")


def _leads(content: PlanModel) -> Iterator[tuple[Path, str, str]]:
    """Every place that leads to a menu: where it is, the company of those who come from there, the menu."""
    for index, company in enumerate(content.companies):
        for place, address in enumerate(company.addresses):
            yield ("companies", index, "addresses", place, "menu"), company.id, address.menu
    for index, menu in enumerate(content.menus):
        for place, choice in enumerate(menu.choices):
            yield ("menus", index, "choices", place, "menu"), menu.company, choice.menu


def _first_menus(content: PlanModel) -> set[str]:
    return {address.menu for company in content.companies for address in company.addresses if address.menu}


def _levels(menus: Mapping[str, MenuPart], first: set[str]) -> dict[str, int]:
    """The least number of menus that callers hear until they have come to each; without those nobody comes to."""
    levels: dict[str, int] = {}
    here, level = {name for name in first if name in menus}, 0
    while here:
        level += 1
        levels.update(dict.fromkeys(here, level))
        here = {choice.menu for name in here for choice in menus[name].choices if choice.menu in menus} - set(levels)
    return levels


def _place(path: Path, menu: MenuPart, levels: Mapping[str, int]) -> Iterator[Finding]:
    if menu.id not in levels:
        what = f"nobody ever hears menu {shown(menu.id)}: no address of voice leads to it"
        yield Finding((*path, "id"), what, f"give an address of voice menu: {menu.id}, or take the menu out")
    elif levels[menu.id] > LEVELS_MAX:
        what = f"menu {shown(menu.id)} is {levels[menu.id]} menus deep"
        yield Finding((*path, "id"), what, f"let callers hear at most {LEVELS_MAX} menus")


def _endless(content: PlanModel, menus: Mapping[str, MenuPart]) -> Iterator[Finding]:
    leaving = _leaving(menus)
    for index, menu in enumerate(content.menus):
        if menu.id not in leaving:
            what = f"nobody gets out of menu {shown(menu.id)}: every key leads to a menu, and on in a circle"
            yield Finding(("menus", index, "choices"), what, "add a choice without a menu: it ends in the queue")


def _leaving(menus: Mapping[str, MenuPart]) -> set[str]:
    """The menus from which some keys lead to the queue. One that leads to an unknown menu was reported already."""
    leaving: set[str] = set()
    more = True
    while more:
        found = {
            name
            for name, menu in menus.items()
            if any(choice.menu in leaving or choice.menu not in menus for choice in menu.choices)
        }
        more, leaving = found != leaving, found
    return leaving


def _impossible_paths(content: PlanModel, menus: Mapping[str, MenuPart]) -> Iterator[Finding]:
    owners = address_owners(content)
    for index, entry in enumerate(content.entry_points):
        match = entry.match
        if not match.ivr_path or Channel.VOICE not in match.channel:
            continue
        steps = _steps_walked(_entered_by(entry, content, companies_of(entry, content, owners)), match.ivr_path, menus)
        if steps < len(match.ivr_path):
            step = match.ivr_path[steps]
            what = f"no menu that callers come to here has the choice {shown(step)} as step {steps + 1}"
            what_to_do = "write the ids of choices from an address's first menu on, or take voice out of channel"
            yield Finding(("entry_points", index, "match", "ivr_path", steps), what, what_to_do)


def _entered_by(entry: EntryPointPart, content: PlanModel, companies: Sequence[str]) -> set[str]:
    """The first menus of those callers who can come to the entry point."""
    return {
        address.menu
        for company in content.companies
        for address in company.addresses
        if address.menu and company.id in companies and address.address in (entry.match.dialed or (address.address,))
    }


def _steps_walked(first: set[str], path: Sequence[str], menus: Mapping[str, MenuPart]) -> int:
    """How many steps of the path callers can take, beginning at any of these menus."""
    here = first
    for steps, step in enumerate(path):
        taken = [choice for name in here if name in menus for choice in menus[name].choices if choice.id == step]
        if not taken:
            return steps
        here = {choice.menu for choice in taken if choice.menu}
    return len(path)
