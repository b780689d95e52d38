from services.reporting.facts import ContactOutcome, ContactRefined, CustomerWrote
from services.reporting.projections.contact_state import Stage
from services.reporting.projections.timeline import FIRST_KEPT, LAST_KEPT
from tests.unit.reporting.story import NOON_MS, accepted, arrived, ended, folded, offered, queued, told, wrap_up


def life(contact: str, start_ms: int = 0) -> list[tuple[int, object]]:
    return [
        (start_ms, arrived(contact, at_ms=start_ms)),
        (start_ms + 10, queued(contact)),
        (start_ms + 20, offered(contact)),
        (start_ms + 110, accepted(contact)),
        (start_ms + 200, wrap_up(contact)),
        (start_ms + 300, ended(contact, agent="ann", disposition="sold")),
    ]


def test_a_timeline_holds_the_facts_of_one_contact_in_order() -> None:
    figures = folded(*told(*life("c1")), *told(*life("c2")))  # type: ignore[arg-type]
    timeline = figures.timelines.of("t1", "c1")
    assert timeline is not None
    assert [happened.at_ms - NOON_MS for happened in timeline.facts()] == [0, 10, 20, 110, 200, 300]
    assert {getattr(happened.fact, "contact_id", "") for happened in timeline.facts()} == {"c1"}


def test_an_ended_contact_says_who_ended_it_how_and_how_long_it_waited() -> None:
    timeline = folded(*told(*life("c1"))).timelines.of("t1", "c1")  # type: ignore[arg-type]
    assert timeline is not None
    state = timeline.state
    assert (state.stage, state.outcome, state.agent) == (Stage.ENDED, ContactOutcome.COMPLETED, "ann")
    assert (state.disposition, state.waited_ms, state.ended_at_ms) == ("sold", 100, NOON_MS + 300)


def test_what_became_known_replaces_what_was() -> None:
    story = told((0, arrived("c1")), (1, ContactRefined("c1", ("1", "2"), "de", "c0")))
    timeline = folded(*story).timelines.of("t1", "c1")
    assert timeline is not None
    state = timeline.state
    assert (state.ivr_path, state.language, state.previous_contact_id) == (("1", "2"), "de", "c0")


def test_an_abandoned_contact_has_no_agent() -> None:
    story = told((0, arrived("c1")), (0, queued("c1")), (5, ended("c1", ContactOutcome.ABANDONED)))
    timeline = folded(*story).timelines.of("t1", "c1")
    assert timeline is not None
    assert timeline.state.agent == ""


def test_of_each_tenant_only_the_newest_contacts_are_kept() -> None:
    story = told(*((i, arrived(f"c{i}")) for i in range(5))) + told((9, arrived("c0")), tenant="t2")
    timelines = folded(*story, timelines_max=2).timelines
    assert [state.contact_id for state in timelines.newest("t1", lambda _: True, 10)] == ["c4", "c3"]
    assert timelines.of("t1", "c0") is None
    assert timelines.of("t2", "c0") is not None


def test_the_newest_are_those_that_are_wanted_up_to_the_limit() -> None:
    story = told(*((i, arrived(f"c{i}", "bolt" if i % 2 else "acme")) for i in range(8)))
    timelines = folded(*story).timelines
    found = timelines.newest("t1", lambda state: state.company == "bolt", 3)
    assert [state.contact_id for state in found] == ["c7", "c5", "c3"]


def test_facts_of_a_contact_that_is_not_kept_are_passed_over() -> None:
    timelines = folded(*told((0, queued("c1")))).timelines
    assert timelines.of("t1", "c1") is None


def test_a_long_conversation_keeps_its_beginning_and_its_end() -> None:
    story = told((0, arrived("c1")), *((i, CustomerWrote("c1", "")) for i in range(1, 1_000)))
    timeline = folded(*story).timelines.of("t1", "c1")
    assert timeline is not None
    kept = [happened.at_ms - NOON_MS for happened in timeline.facts()]
    assert kept == [*range(FIRST_KEPT), *range(1_000 - LAST_KEPT, 1_000)]
    assert timeline.left_out == 1_000 - FIRST_KEPT - LAST_KEPT
