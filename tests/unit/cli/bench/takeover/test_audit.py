"""The auditor's judgement of a run: what was acknowledged, seen and told, against what is in the log."""

from dataclasses import replace

from services.cli.bench.takeover.audit import Audit
from services.cli.bench.takeover.committed import Commit, ContactKey, Decided, Happened
from services.cli.bench.takeover.seen import Seen, SeenOffer
from services.cli.bench.takeover.violation import Rule
from tests.unit.cli.bench.takeover.test_contact_audit import LIFE

KEY = ContactKey("acme", "c1")
OFFER = SeenOffer(KEY, "ann", "o1", partition=0, epoch=1, offset=1)


def audited(
    happened: tuple[Happened, ...] = LIFE, acknowledged: tuple[ContactKey, ...] = (KEY,), seen: Seen | None = None
) -> dict[Rule, int]:
    audit = Audit()
    arrival = Decided("acme", "e1", of_inbound=True, happened=happened)
    audit.partition([Commit(0, 1, 1, 1, 1, 0, (arrival,))], (), [("acme", "e1")])
    audit.finish(dict.fromkeys(acknowledged, 1), seen or Seen())
    return dict(audit.violations.counts)


def agents_saw(offer: SeenOffer) -> Seen:
    seen = Seen()
    seen.offer(offer, at_ms=1)
    return seen


def test_a_run_in_which_all_is_well_breaks_no_rule() -> None:
    seen = agents_saw(OFFER)
    seen.accepted.add((KEY, "ann"))
    seen.completed[KEY] = "ann"
    assert audited(seen=seen) == {}


def test_an_acknowledged_contact_that_is_not_in_the_log_is_lost() -> None:
    assert audited(acknowledged=(KEY, ContactKey("acme", "c2"))) == {Rule.LOST: 1}


def test_a_contact_that_never_ends_is_found() -> None:
    assert audited(happened=LIFE[:-1]) == {Rule.UNFINISHED: 1}


def test_an_offer_that_was_seen_and_is_not_in_the_log_is_found() -> None:
    for wrong in (
        replace(OFFER, agent="bob"),
        replace(OFFER, offer_id="o2"),
        replace(OFFER, key=ContactKey("b", "c1")),
    ):
        assert audited(seen=agents_saw(wrong)) == {Rule.NOT_IN_LOG: 1}


def test_an_offer_shown_by_a_batch_that_does_not_count_is_found() -> None:
    for wrong in (replace(OFFER, offset=2), replace(OFFER, partition=1), replace(OFFER, epoch=0)):
        assert audited(seen=agents_saw(wrong)) == {Rule.NOT_IN_LOG: 1}


def test_an_answer_that_was_given_and_is_not_in_the_log_is_found() -> None:
    accepted, completed = Seen(), Seen()
    accepted.accepted.add((KEY, "bob"))
    completed.completed[KEY] = "bob"
    assert audited(seen=accepted) == {Rule.NOT_IN_LOG: 1}
    assert audited(seen=completed) == {Rule.NOT_IN_LOG: 1}
