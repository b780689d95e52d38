"""A plan file, read and checked, to what the router goes by."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.plan.compile_callers import caller_prefixes, caller_values, classes_of_entry, private_part
from services.plan.compile_route import SECOND_MS, compile_route, levels
from services.plan.compiled import (
    Address,
    AgentProfile,
    Attribute,
    Channel,
    ChannelRule,
    Choice,
    Company,
    Criterion,
    Disposition,
    EntryPoint,
    Match,
    Menu,
    Plan,
    Prompt,
    Queue,
    Site,
    Urgency,
    Weight,
)
from services.plan.days import day_beginnings_ms
from services.plan.defects import Defect
from services.plan.hours import compile_hours
from services.plan.match_model import State
from services.plan.menu_model import MenuPart, PromptPart
from services.plan.model import AgentPart, ChannelPart, CompanyPart, EntryPointPart, PlanFile, QueuePart, UrgencyPart

# What holds where the file says nothing: a person can take one call, or three chats, or two letters.
CHANNEL_DEFAULTS: Mapping[Channel, ChannelRule] = MappingProxyType(
    {
        rule.channel: rule
        for rule in (
            ChannelRule(Channel.VOICE, units=10, alone=True, offer_ms=20_000, wrap_up_ms=60_000),
            ChannelRule(Channel.EMAIL, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000, interruptible=True),
            ChannelRule(Channel.SMS, units=3, alone=False, offer_ms=30_000, wrap_up_ms=30_000),
            ChannelRule(Channel.FAX, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000, interruptible=True),
            ChannelRule(Channel.LETTER, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000, interruptible=True),
            ChannelRule(Channel.WEB_CHAT, units=3, alone=False, offer_ms=30_000, wrap_up_ms=30_000),
            ChannelRule(Channel.WEB_FORM, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000, interruptible=True),
            ChannelRule(Channel.CALLBACK, units=10, alone=True, offer_ms=20_000, wrap_up_ms=60_000),
            ChannelRule(
                Channel.VOICEMAIL, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000, interruptible=True
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """The plan for the log, and the private part: the content of the blob that `plan.private_blob` names.

    A plan that names no callers has no private part: both are empty, and there is nothing to store. `warnings`: what is
    odd about the file.
    """

    plan: Plan
    private: bytes
    warnings: tuple[Defect, ...] = ()


def compile_plan(plan_file: PlanFile, now_ms: int, customers_key: bytes) -> CompiledPlan:
    """Compile a plan file without defects (see check.py). `customers_key` is the key of the callers' hashes."""
    content = plan_file.content
    zone = ZoneInfo(content.time_zone)
    private = private_part(content, customers_key)
    plan = Plan(
        tenant=content.tenant,
        version=0,
        time_zone=content.time_zone,
        companies=tuple(map(_company, content.companies)),
        channels=tuple(channel_rule(channel, content.channels.get(channel)) for channel in Channel),
        hours=tuple(compile_hours(part, zone, now_ms) for part in content.hours),
        queues=tuple(map(_queue, content.queues)),
        entry_points=tuple(map(_entry_point, content.entry_points)),
        default_route=compile_route(content.default),
        agents=tuple(map(_agent, content.agents)),
        caller_prefixes=caller_prefixes(content),
        private_blob=sha256(private).hexdigest() if private else "",
        away_reasons=content.away_reasons,
        menus=tuple(map(_menu, content.menus)),
        urgency=_urgency(content.urgency),
        caller_values=caller_values(content),
        sites=tuple(Site(part.id, part.hours) for part in content.sites),
        days_ms=day_beginnings_ms(zone, now_ms),
    )
    return CompiledPlan(plan, private)


def channel_rule(channel: Channel, part: ChannelPart | None) -> ChannelRule:
    """The channel's rule: what the file says of it, and for the rest the defaults."""
    usual = CHANNEL_DEFAULTS[channel]
    if part is None:
        return usual
    alone = usual.alone if part.alone is None else part.alone
    return ChannelRule(
        channel,
        units=usual.units if part.units is None else part.units,
        alone=alone,
        offer_ms=usual.offer_ms if part.offer_s is None else part.offer_s * SECOND_MS,
        wrap_up_ms=usual.wrap_up_ms if part.wrap_up_s is None else part.wrap_up_s * SECOND_MS,
        # What stands alone can't make room for what stands alone.
        interruptible=usual.interruptible and not alone if part.interruptible is None else part.interruptible,
    )


def compile_match(part: EntryPointPart) -> Match:
    """What a contact must be to enter here."""
    match = part.match
    return Match(
        directions=match.direction,
        channels=match.channel,
        companies=match.company,
        dialed=match.dialed,
        caller_classes=classes_of_entry(part),
        ivr_path=match.ivr_path,
        languages=match.language,
        attributes=tuple(
            Attribute(name, value) for name, values in sorted(match.attributes.items()) for value in values
        ),
        hours=match.hours,
        while_open=bool(match.hours) and match.state is not State.CLOSED,
    )


def _company(part: CompanyPart) -> Company:
    return Company(
        part.id,
        part.name,
        tuple(Address(each.channel, each.address, each.language, each.menu, each.hours) for each in part.addresses),
        tuple(Disposition(each.id, each.name) for each in part.dispositions),
    )


def _menu(part: MenuPart) -> Menu:
    return Menu(
        part.id,
        part.company,
        _prompts(part.say),
        tuple(Choice(each.key, each.id, each.menu, each.language) for each in part.choices),
        part.hours,
        _prompts(part.closed or {}),
    )


def _prompts(say: Mapping[str, PromptPart]) -> tuple[Prompt, ...]:
    return tuple(Prompt(language, each.text, each.audio) for language, each in say.items())


def _urgency(part: UrgencyPart) -> Urgency:
    return Urgency(
        priority_ms=part.priority_s * SECOND_MS,
        value_ms=part.value_s * SECOND_MS,
        by_deadline=part.by_deadline,
        depth_ms=part.depth_s * SECOND_MS,
        expected_wait_permille=part.expected_wait_percent * 10,
    )


def _queue(part: QueuePart) -> Queue:
    return Queue(
        part.id,
        part.company,
        part.name or part.id,
        part.policy,
        part.groups,
        part.service_level.percent,
        part.service_level.within_s * SECOND_MS,
        part.hours,
        weights=tuple(Weight(each, part.weights[each]) for each in Criterion if each in part.weights),
        sticky_ms=part.sticky_s * SECOND_MS,
        site=part.site,
        escalates_to=part.escalates_to,
        announce_every_ms=part.announce_every_s * SECOND_MS,
    )


def _entry_point(part: EntryPointPart) -> EntryPoint:
    return EntryPoint(part.id, compile_match(part), compile_route(part.route))


def _agent(part: AgentPart) -> AgentProfile:
    return AgentProfile(
        part.id,
        levels(part.skills),
        part.units,
        part.groups,
        part.companies,
        site=part.site,
        tier=part.tier,
        cost=part.cost,
    )
