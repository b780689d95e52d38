from services.reporting.facts import CustomerWrote
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


def test_of_each_tenant_only_the_newest_contacts_are_kept() -> None:
    story = told(*((i, arrived(f"c{i}")) for i in range(5))) + told((9, arrived("c0")), tenant="t2")
    timelines = folded(*story, timelines_max=2).timelines
    assert [timelines.of("t1", f"c{i}") is not None for i in range(5)] == [False, False, False, True, True]
    assert timelines.of("t2", "c0") is not None


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
