"""Entry points that can never match, because an earlier one takes all that they would."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from services.plan.borders import address_owners, companies_of
from services.plan.compile import compile_match
from services.plan.compiled import Attribute, Match
from services.plan.defects import Finding
from services.plan.fields import shown
from services.plan.model import EntryPointPart, PlanModel
from services.plan.numbers import is_beginning_within, is_country_within

PREFIX_CLASS = "prefix:"


def shadow_findings(content: PlanModel) -> Iterator[Finding]:
    """Each entry point that lies in the shadow of an earlier one. Two that only together hide a third are not found."""
    owners = address_owners(content)
    matches = [with_companies(entry, content, owners) for entry in content.entry_points]
    for index, match in enumerate(matches):
        for earlier, wide in enumerate(matches[:index]):
            if covers(wide, match):
                first, second = shown(content.entry_points[earlier].id), shown(content.entry_points[index].id)
                what = f"{second} can never match: {first} before it takes all that it would"
                yield Finding(
                    ("entry_points", index, "id"), what, f"move it above {first}, or let {first} ask for more"
                )
                break


def with_companies(entry: EntryPointPart, content: PlanModel, owners: Mapping[str, str]) -> Match:
    """The match, with the companies that it comes down to."""
    return replace(compile_match(entry), companies=companies_of(entry, content, owners))


def covers(wide: Match, narrow: Match) -> bool:
    """Does `wide` match whatever `narrow` does?"""
    return (
        _holds(wide.directions, narrow.directions)
        and _holds(wide.channels, narrow.channels)
        and _holds(wide.companies, narrow.companies)
        and _holds(wide.dialed, narrow.dialed)
        and _callers(wide.caller_classes, narrow.caller_classes)
        and narrow.ivr_path[: len(wide.ivr_path)] == wide.ivr_path
        and _languages(wide.languages, narrow.languages)
        and _attributes(wide.attributes, narrow.attributes)
        and (not wide.hours or (wide.hours, wide.while_open) == (narrow.hours, narrow.while_open))
    )


def _holds(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _callers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and all(any(_is_in(each, of) for of in wide) for each in narrow))


def _is_in(caller_class: str, of: str) -> bool:
    if caller_class == of or (of.startswith(PREFIX_CLASS) and caller_class.startswith(of)):
        return True
    kind, _, value = caller_class.partition(":")
    wide, _, wide_value = of.partition(":")
    match (kind, wide):
        case ("prefix", "country"):
            return is_beginning_within(value, wide_value)
        case ("country", "prefix"):
            return is_country_within(value, wide_value)
        case _:
            return False


def _attributes(wide: tuple[Attribute, ...], narrow: tuple[Attribute, ...]) -> bool:
    """Values of one name are alternatives; each name must be met."""
    return all(_holds(_values(wide, name), _values(narrow, name)) for name in {each.name for each in wide})


def _values(attributes: tuple[Attribute, ...], name: str) -> tuple[str, ...]:
    return tuple(each.value for each in attributes if each.name == name)


def _languages(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    def spoken(language: str) -> bool:
        return any(language == each or language.startswith(f"{each}-") for each in wide)

    return not wide or (bool(narrow) and all(map(spoken, narrow)))
