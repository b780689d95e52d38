"""A plan file, read and checked, to what the router goes by."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.plan.caller import COUNTRY_CLASS, caller_hash
from services.plan.compiled import (
    Address,
    AgentProfile,
    Attribute,
    CallerPrefix,
    Channel,
    ChannelRule,
    Choice,
    Company,
    Disposition,
    EntryPoint,
    Match,
    Menu,
    Plan,
    Prompt,
    Queue,
    Route,
    SkillLevel,
)
from services.plan.hours import compile_hours
from services.plan.menu_model import MenuPart, PromptPart
from services.plan.model import (
    AgentPart,
    CallerPart,
    ChannelPart,
    CompanyPart,
    EntryPointPart,
    PlanFile,
    PlanModel,
    QueuePart,
    RoutePart,
    State,
)

SECOND_MS = 1000
# What holds where the file says nothing: a person can take one call, or three chats, or two letters.
CHANNEL_DEFAULTS: Mapping[Channel, ChannelRule] = MappingProxyType(
    {
        rule.channel: rule
        for rule in (
            ChannelRule(Channel.VOICE, units=10, alone=True, offer_ms=20_000, wrap_up_ms=60_000),
            ChannelRule(Channel.EMAIL, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000),
            ChannelRule(Channel.SMS, units=3, alone=False, offer_ms=30_000, wrap_up_ms=30_000),
            ChannelRule(Channel.FAX, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000),
            ChannelRule(Channel.LETTER, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000),
            ChannelRule(Channel.WEB_CHAT, units=3, alone=False, offer_ms=30_000, wrap_up_ms=30_000),
            ChannelRule(Channel.WEB_FORM, units=5, alone=False, offer_ms=60_000, wrap_up_ms=60_000),
            ChannelRule(Channel.CALLBACK, units=10, alone=True, offer_ms=20_000, wrap_up_ms=60_000),
        )
    }
)


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """The plan for the log, and the private part: the content of the blob that `plan.private_blob` names.

    A plan that names no callers has no private part: both are empty, and there is nothing to store.
    """

    plan: Plan
    private: bytes


def compile_plan(plan_file: PlanFile, now_ms: int, customers_key: bytes) -> CompiledPlan:
    """Compile a plan file without defects (see check.py). `customers_key` is the key of the callers' hashes."""
    content = plan_file.content
    zone = ZoneInfo(content.time_zone)
    private = _private(content, customers_key)
    plan = Plan(
        tenant=content.tenant,
        version=0,
        time_zone=content.time_zone,
        companies=tuple(map(_company, content.companies)),
        channels=tuple(channel_rule(channel, content.channels.get(channel)) for channel in Channel),
        hours=tuple(compile_hours(part, zone, now_ms) for part in content.hours),
        queues=tuple(map(_queue, content.queues)),
        entry_points=tuple(map(_entry_point, content.entry_points)),
        default_route=_route(content.default),
        agents=tuple(map(_agent, content.agents)),
        caller_prefixes=tuple(sorted(_caller_prefixes(content), key=lambda each: each.caller_class)),
        private_blob=sha256(private).hexdigest() if private else "",
        away_reasons=content.away_reasons,
        menus=tuple(map(_menu, content.menus)),
    )
    return CompiledPlan(plan, private)


def channel_rule(channel: Channel, part: ChannelPart | None) -> ChannelRule:
    """The channel's rule: what the file says of it, and for the rest the defaults."""
    usual = CHANNEL_DEFAULTS[channel]
    if part is None:
        return usual
    return ChannelRule(
        channel,
        units=usual.units if part.units is None else part.units,
        alone=usual.alone if part.alone is None else part.alone,
        offer_ms=usual.offer_ms if part.offer_s is None else part.offer_s * SECOND_MS,
        wrap_up_ms=usual.wrap_up_ms if part.wrap_up_s is None else part.wrap_up_s * SECOND_MS,
    )


def compile_match(part: EntryPointPart) -> Match:
    """What a contact must be to enter here."""
    match = part.match
    return Match(
        directions=match.direction,
        channels=match.channel,
        companies=match.company,
        dialed=match.dialed,
        caller_classes=tuple(sorted(_caller_classes(part))),
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
    )


def _entry_point(part: EntryPointPart) -> EntryPoint:
    return EntryPoint(part.id, compile_match(part), _route(part.route))


def _route(part: RoutePart) -> Route:
    return Route(part.queue, _levels(part.skills), part.priority)


def _agent(part: AgentPart) -> AgentProfile:
    return AgentProfile(part.id, _levels(part.skills), part.units, part.groups, part.companies)


def _levels(skills: Mapping[str, int]) -> tuple[SkillLevel, ...]:
    return tuple(SkillLevel(skill, level) for skill, level in sorted(skills.items()))


def _caller_classes(part: EntryPointPart) -> Iterator[str]:
    caller = part.match.caller or CallerPart()
    yield from (f"list:{name}" for name in caller.list)
    yield from (f"prefix:{prefix}" for prefix in caller.prefix)
    yield from (f"{COUNTRY_CLASS}{country}" for country in caller.country)
    yield from (f"domain:{domain}" for domain in caller.domain)
    if caller.exact:
        yield f"exact:{part.id}"


def _caller_prefixes(content: PlanModel) -> set[CallerPrefix]:
    callers = [entry.match.caller for entry in content.entry_points if entry.match.caller is not None]
    numbers = {CallerPrefix(f"prefix:{prefix}", prefix) for caller in callers for prefix in caller.prefix}
    domains = {CallerPrefix(f"domain:{domain}", f"@{domain}") for caller in callers for domain in caller.domain}
    return numbers | domains


def _private(content: PlanModel, key: bytes) -> bytes:
    """Keyed hashes of the callers by class, as JSON; empty if no caller is named."""
    classes = {f"list:{name}": callers for name, callers in content.caller_lists.items()}
    for entry in content.entry_points:
        if entry.match.caller is not None and entry.match.caller.exact:
            classes[f"exact:{entry.id}"] = entry.match.caller.exact
    hashes = {
        name: sorted({caller_hash(key, content.tenant, caller) for caller in callers})
        for name, callers in classes.items()
    }
    return json.dumps(hashes, sort_keys=True, separators=(",", ":")).encode() if hashes else b""
