"""What planted bugs showed that no other test looked at (tests/planted)."""

from services.plan.compiled import Channel
from services.router.core.commands import AcceptOffer, Cancel, FinishConversation, Refusal, TimePassed
from services.router.core.events import OfferEnd, OfferReturned
from services.router.core.limits import TIMER_EVENTS_MAX
from services.router.core.records import ContactStatus
from services.router.core.snapshot import restore, snapshot
from tests.unit.router.core.builders import HOUR, OFFER_MS, SECOND, T0, Core, agent, arrive, not_ready, plan


def test_what_is_written_up_takes_its_units_beside_other_work() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("mail", channel=Channel.EMAIL))
    core.accept("mail")
    core.do(FinishConversation("ann", "mail"))
    core.do(arrive("second mail", channel=Channel.EMAIL))
    core.do(arrive("chat"))
    assert core.desk("ann") == {"mail": ContactStatus.WRAP_UP, "chat": ContactStatus.OFFERED}


def test_an_offer_whose_timer_has_to_wait_behind_others_is_over_at_its_deadline_all_the_same() -> None:
    core = Core(plan(agent("ann", units=1)), checked=False).on_duty("ann")
    core.do(arrive("c1"))
    for number in range(TIMER_EVENTS_MAX):
        core.do(not_ready(f"mail{number}", channel=Channel.EMAIL, queue_anyway_at_ms=T0 + 2 * SECOND))
    core.at_ms = core.contact().deadline_ms
    decision = core.decide(AcceptOffer("ann", "c1", "c1.1"))
    assert decision.outcome.refusal is Refusal.NOT_NOW
    assert core.contact().status is ContactStatus.OFFERED
    core.do(TimePassed())
    assert core.contact().status is ContactStatus.QUEUED


def test_of_two_offers_that_run_out_together_the_second_returns_with_the_first_and_not_again() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    assert core.contact("c1").deadline_ms == core.contact("c2").deadline_ms
    returned = [event for event in core.wait_ms(OFFER_MS) if isinstance(event, OfferReturned)]
    assert [(each.contact_id, each.because) for each in returned] == [
        ("c1", OfferEnd.TIMED_OUT),
        ("c2", OfferEnd.WITHDRAWN),
    ]


def test_a_state_that_has_forgotten_all_its_contacts_is_restored_as_it_is() -> None:
    core = Core(plan())
    core.do(arrive("c1"))
    core.do(Cancel("c1"))
    core.wait_ms(48 * HOUR)
    assert len(core.state.contacts) == 0
    assert snapshot(restore(snapshot(core.state))) == snapshot(core.state)
