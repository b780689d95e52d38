"""Entry points that no contact ever comes to, though no single one before them takes all that they would."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from services.plan.address_model import NUMBERED, AddressPart
from services.plan.borders import address_owners, companies_of
from services.plan.compiled import Channel, Direction, Match
from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.model import EntryPointPart, PlanModel
from services.plan.roster import Roster
from services.plan.shadows import covers, with_companies
from services.plan.stages import Stage


def dry_entry_findings(content: PlanModel) -> Iterator[Finding]:
    """Entry points that others hide together, or that no address leads to; routes that can't do what they say."""
    yield from _hidden(content)
    owners = address_owners(content)
    roster = Roster(content)
    for index, entry in enumerate(content.entry_points):
        companies = companies_of(entry, content, owners)
        addresses = addresses_of(entry, content, companies)
        yield from _unaddressed(index, entry, addresses, by_voice=_are_called(content, companies))
        yield from _too_costly(index, entry, {each.channel for each in addresses}, roster)
        yield from _undeliverable(index, entry)


def _hidden(content: PlanModel) -> Iterator[Finding]:
    owners = address_owners(content)
    matches = [with_companies(entry, content, owners) for entry in content.entry_points]
    for index, match in enumerate(matches):
        before = matches[:index]
        if before and all(any(covers(wide, piece) for wide in before) for piece in _pieces(match, before)):
            what = f"{shown(content.entry_points[index].id)} can never match: those before it take all that it would"
            yield Finding(("entry_points", index, "id"), what, "move it up, or let those before it ask for more")


def _pieces(match: Match, before: Sequence[Match]) -> Iterator[Match]:
    """The match in pieces that add up to it: by channel, direction, company, and whether the hours are open."""
    hours = next((wide.hours for wide in before if wide.hours), "")
    states = (True, False) if hours and not match.hours else (match.while_open,)
    pieces = product(match.channels or Channel, match.directions or Direction, match.companies or ("",), states)
    for channel, direction, company, is_open in pieces:
        yield replace(
            match,
            channels=(channel,),
            directions=(direction,),
            companies=(company,) if company else (),
            hours=match.hours or hours,
            while_open=is_open,
        )


def addresses_of(entry: EntryPointPart, content: PlanModel, companies: Sequence[str]) -> list[AddressPart]:
    """The addresses through which contacts can come to it."""
    match = entry.match
    return [
        part
        for company in content.companies
        for part in company.addresses
        if company.id in companies
        and part.channel in (match.channel or (part.channel,))
        and part.address in (match.dialed or (part.address,))
    ]


def _are_called(content: PlanModel, companies: Sequence[str]) -> bool:
    """Whether somebody calls them, and may be asked to leave a message."""
    called = (company for company in content.companies if company.id in companies)
    return any(part.channel is Channel.VOICE for company in called for part in company.addresses)


def _unaddressed(
    index: int, entry: EntryPointPart, addresses: Sequence[AddressPart], *, by_voice: bool
) -> Iterator[Finding]:
    reached = {part.channel for part in addresses}
    if by_voice:
        reached.add(Channel.VOICEMAIL)
    for place, channel in enumerate(entry.match.channel):
        # What we begin ourselves needs no address.
        if channel not in reached and Direction.OUTBOUND not in entry.match.direction:
            what = f"nobody comes here by {channel}: the company has no address of that channel"
            yield Finding(("entry_points", index, "match", "channel", place), what, "add the address, or take it out")


def _too_costly(index: int, entry: EntryPointPart, channels: set[Channel], roster: Roster) -> Iterator[Finding]:
    able = roster.able(Stage(entry.route.queue, entry.route.skills))
    units = max((agent.units for agent in able), default=roster.units_max)
    # Those that the entry point names are a defect (staffing.py).
    for channel in sorted(channels - set(entry.match.channel)):
        if units < roster.costs[channel] <= roster.units_max:
            what = f"what comes here by {channel} costs {roster.costs[channel]} units; who can take it has {units}"
            yield Finding(("entry_points", index, "route"), what, "give one of them more units, or name the channels")


def _undeliverable(index: int, entry: EntryPointPart) -> Iterator[Finding]:
    channels = entry.match.channel
    for place, step in enumerate(entry.route.steps):
        path: Path = ("entry_points", index, "route", "steps", place)
        if step.voicemail and channels and Channel.VOICE not in channels:
            yield Finding((*path, "voicemail"), "nobody comes here by voice", "choose another way to end the wait")
        to_number = bool(step.third_party) and "@" not in step.third_party
        if to_number and channels and not set(channels) & set(NUMBERED):
            what = "nothing that comes here can be passed on to a number"
            yield Finding((*path, "third_party"), what, "write a mail address, or choose another way to end the wait")
        if step.offer_callback and channels and Channel.VOICE not in channels:
            what = "nobody who comes here calls, and only callers are offered a call-back"
            yield Finding((*path, "offer_callback"), what, "take it out: by these channels nobody holds a line")
