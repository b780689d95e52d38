"""A small contact centre for the tests of the simulation: two companies' worth of nothing but what they need."""

from services.cli.simulate.centre import Shift
from services.cli.simulate.spans import NEVER_MS
from services.cli.simulate.visits import Entry, Question, Visit
from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    Disposition,
    EntryPoint,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
)

T0 = 1_790_000_000_000
S = 1000
CALL = Entry("acme", Channel.VOICE, dialed="+1")
CHAT = Entry("acme", Channel.WEB_CHAT, dialed="chat")


def plan_of(*agents: str, wrap_up_ms: int = 60 * S, offer_ms: int = 20 * S) -> Plan:
    """One queue for calls, and a second one of priority 5 for those of the class list:vip."""
    return Plan(
        tenant="demo",
        version=0,
        time_zone="Europe/Berlin",
        companies=(Company("acme", "Acme", (), (Disposition("solved", "Solved"),)),),
        channels=(ChannelRule(Channel.VOICE, 10, alone=True, offer_ms=offer_ms, wrap_up_ms=wrap_up_ms),),
        hours=(),
        queues=(Queue("calls", "acme", "Calls", Policy.LONGEST_IDLE), Queue("vip", "acme", "VIP", Policy.LONGEST_IDLE)),
        entry_points=(EntryPoint("vips", Match(caller_classes=("list:vip",)), Route("vip", priority=5)),),
        default_route=Route("calls"),
        agents=tuple(AgentProfile(agent, (), 10, (), ("acme",)) for agent in agents),
    )


def visit(
    id: str,
    at_s: int,
    *,
    handling_s: int = 100,
    patience_s: int | None = None,
    wrap_up_s: int = 0,
    response_s: int = 0,
    declines: int = 0,
    entry: Entry = CALL,
    questions: tuple[Question, ...] = (),
) -> Visit:
    """A contact that comes so many seconds after the beginning."""
    patience_ms, at_ms = NEVER_MS if patience_s is None else patience_s * S, T0 + at_s * S
    return Visit(id, at_ms, entry, patience_ms, handling_s * S, wrap_up_s * S, response_s * S, declines, questions)


def question(after_s: int, lasts_s: int, to_agent: str = "", *, response_s: int = 0, declines: int = 0) -> Question:
    """A colleague of the queue for calls is asked."""
    return Question(after_s * S, "calls", to_agent, (), lasts_s * S, response_s * S, declines)


def on_duty(agent: str, from_s: int = 0, until_s: int = 1_000_000) -> Shift:
    return Shift(T0 + from_s * S, T0 + until_s * S, agent)
