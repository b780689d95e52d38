"""What becomes of a plan file."""

import json
from hashlib import sha256

from services.plan.caller import caller_hash
from services.plan.compiled import (
    Address,
    AgentProfile,
    Attribute,
    Channel,
    ChannelRule,
    Company,
    Direction,
    Disposition,
    EntryPoint,
    Match,
    Policy,
    Queue,
    Route,
    SkillLevel,
)
from tests.unit.plan.example import EXAMPLE, KEY, changed, load

VIPS = "match: {company: acme, caller: {list: vip}}"


def test_a_company_has_its_addresses_in_their_normal_spelling() -> None:
    acme, globex = load(EXAMPLE).plan.companies

    assert acme == Company(
        "acme",
        "Acme",
        (Address(Channel.EMAIL, "support@acme.example"), Address(Channel.WEB_CHAT, "acme-chat", "de")),
        (Disposition("solved", "Solved"),),
    )
    assert globex.addresses == (Address(Channel.VOICE, "+442079460200"),)
    assert globex.dispositions == (Disposition("done", "Done"),)


def test_a_queue_left_plain_takes_the_longest_idle_and_answers_most_within_20_seconds() -> None:
    support, travel = load(EXAMPLE).plan.queues

    assert support == Queue("support", "acme", "support", Policy.LONGEST_IDLE, (), 80, 20_000, announce_every_ms=60_000)
    assert travel.groups == ("front",)


def test_a_queue_says_what_it_wants() -> None:
    wanted = "{id: support, company: acme, name: Help, policy: round_robin, service_level: {percent: 95, within_s: 5}}"

    support = load(changed(("{id: support, company: acme}", wanted))).plan.queues[0]

    assert support == Queue("support", "acme", "Help", Policy.ROUND_ROBIN, (), 95, 5_000, announce_every_ms=60_000)


def test_a_queue_may_have_hours() -> None:
    support, travel = load(
        changed(("{id: support, company: acme}", "{id: support, company: acme, hours: office}"))
    ).plan.queues

    assert (support.hours, travel.hours) == ("office", "")


def test_every_channel_has_a_rule_and_voice_is_alone() -> None:
    rules = load(EXAMPLE).plan.channels

    assert [rule.channel for rule in rules] == list(Channel)
    assert {rule.channel for rule in rules if rule.alone} == {Channel.VOICE, Channel.CALLBACK}


def test_a_channel_keeps_the_default_of_what_is_left_out() -> None:
    said = "channels: {voice: {units: 8, offer_s: 15}, sms: {alone: yes, wrap_up_s: 0}}\nskills: [billing"

    rules = {rule.channel: rule for rule in load(changed(("skills: [billing", said))).plan.channels}

    assert rules[Channel.VOICE] == ChannelRule(Channel.VOICE, 8, alone=True, offer_ms=15_000, wrap_up_ms=60_000)
    assert rules[Channel.SMS] == ChannelRule(Channel.SMS, 3, alone=True, offer_ms=30_000, wrap_up_ms=0)


def test_agents_have_their_skills_by_name() -> None:
    skilled = changed(("billing: 9}}", "german: 2, billing: 9}}"))

    ana, bo = load(skilled).plan.agents

    assert ana == AgentProfile(
        "ana", (SkillLevel("billing", 9), SkillLevel("german", 2)), 10, ("front",), ("acme", "globex")
    )
    assert bo == AgentProfile("bo", (), 4, (), ("acme",))


def test_an_entry_point_has_all_that_it_asks_for() -> None:
    everything = (
        "match: {direction: [inbound, outbound], channel: web_chat, company: acme, dialed: acme-chat,"
        " caller: {list: vip, exact: a@b.example, prefix: +44, domain: b.example}, ivr_path: [main, two],"
        " language: [DE, pt-BR], attributes: {topic: [tour, trip], age: 'new'}, hours: office}"
    )

    vips = load(changed((VIPS, everything))).plan.entry_points[0]

    assert vips == EntryPoint(
        "vips",
        Match(
            directions=(Direction.INBOUND, Direction.OUTBOUND),
            channels=(Channel.WEB_CHAT,),
            companies=("acme",),
            dialed=("acme-chat",),
            caller_classes=("domain:b.example", "exact:vips", "list:vip", "prefix:+44"),
            ivr_path=("main", "two"),
            languages=("de", "pt-br"),
            attributes=(Attribute("age", "new"), Attribute("topic", "tour"), Attribute("topic", "trip")),
            hours="office",
            while_open=True,
        ),
        Route("support", (SkillLevel("billing", 5),), 9),
    )


def test_hours_can_be_asked_for_while_they_are_closed() -> None:
    mails = load(EXAMPLE).plan.entry_points[1]

    assert (mails.match.hours, mails.match.while_open) == ("office", False)


def test_the_private_part_is_keyed_hashes_by_class() -> None:
    compiled = load(EXAMPLE)

    assert json.loads(compiled.private) == {"list:vip": [caller_hash(KEY, "shop", "vera@customer.example")]}
    assert compiled.plan.private_blob == sha256(compiled.private).hexdigest()


def test_a_plan_that_names_no_callers_has_no_private_part() -> None:
    public = changed(
        ("caller_lists:\n  vip: [vera@customer.example]\n", ""), (VIPS, "match: {company: acme, language: de}")
    )

    compiled = load(public)

    assert (compiled.plan.private_blob, compiled.private) == ("", b"")


def test_no_caller_is_in_the_plan_itself() -> None:
    asked = "match: {company: acme, caller: {list: vip, exact: zoe@else.example}}"

    compiled = load(changed((VIPS, asked)))

    assert "vera" not in repr(compiled)
    assert "zoe" not in repr(compiled)


def test_the_same_file_gives_the_same_plan() -> None:
    assert load(EXAMPLE) == load(EXAMPLE)


def test_a_plan_that_was_never_activated_is_version_0() -> None:
    plan = load(EXAMPLE).plan

    assert (plan.version, plan.time_zone, plan.away_reasons) == (0, "Europe/Berlin", ("lunch",))
    assert plan.default_route == Route("support")
