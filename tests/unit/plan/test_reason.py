"""Why an agent got a contact, said in one sentence."""

from dataclasses import dataclass

import pytest

from services.plan.compiled import SkillLevel
from services.plan.reason import PART, reason


@dataclass(frozen=True)
class Term:
    name: str
    value: int


@dataclass(frozen=True)
class Why:
    plan_version: int = 3
    entry_point: str = "vips"
    queue: str = "acme-vip"
    policy: str = "longest_idle"
    skills: tuple[SkillLevel, ...] = ()
    free: int = 3
    eligible: int = 2
    winner: tuple[Term, ...] = ()
    runner_up: str = "bo"
    runner_up_score: tuple[Term, ...] = ()
    decided_by: str = "only"
    steps: tuple[int, ...] = ()
    preferred: bool = False


def terms(*values: tuple[str, int]) -> tuple[Term, ...]:
    return tuple(Term(name, value) for name, value in values)


def test_it_says_how_the_contact_came_there_and_who_could_take_it() -> None:
    why = Why(skills=(SkillLevel("billing", 5), SkillLevel("german", 2)), eligible=1)

    assert reason("ana", why) == (
        "entry point vips put it in acme-vip (plan 3);"
        " of 3 free agents 1 could take it (billing ≥ 5, german ≥ 2); ana was the only one"
    )


@pytest.mark.parametrize(
    ("entry_point", "words"),
    [
        ("", "a transfer"),
        ("queue:help", "a transfer"),
        ("question:", "a colleague's question"),
        ("default", "the default route"),
    ],
)
def test_without_an_entry_point_it_was_a_transfer_or_the_default(entry_point: str, words: str) -> None:
    why = Why(entry_point=entry_point, free=1, eligible=1)

    assert reason("ana", why) == (
        f"{words} put it in acme-vip (plan 3); of 1 free agent 1 could take it; ana was the only one"
    )


@pytest.mark.parametrize(
    ("steps", "words"), [((0,), ", and step 1 came after"), ((0, 2), ", and steps 1, 3 came after")]
)
def test_it_says_which_steps_came_before(steps: tuple[int, ...], words: str) -> None:
    assert reason("ana", Why(steps=steps)).startswith(f"entry point vips put it in acme-vip (plan 3){words}; ")


# What points come to where time without a contact counts much: moments are in it.
LONG_IDLE = 100_000 * 1_795_330_400_000
DECISIONS = {
    "by longest idle, ana has been without a new contact for longest (since 2026-11-22 06:53:20 UTC), before bo": Why(
        winner=terms(("idle_since_ms", 1_795_330_400_000)),
        runner_up_score=terms(("idle_since_ms", 1_795_330_500_000)),
        decided_by="idle_since_ms",
    ),
    "by longest idle, ana has been without a new contact for longest, before bo": Why(
        winner=terms(("idle_since_ms", 0)), runner_up_score=terms(("idle_since_ms", 5)), decided_by="idle_since_ms"
    ),
    "by skill based, ana has fewer other skills than bo (1 against 4) and is missed less": Why(
        policy="skill_based",
        winner=terms(("other_skills", 1), ("idle_since_ms", 9)),
        runner_up_score=terms(("other_skills", 4), ("idle_since_ms", 3)),
        decided_by="other_skills",
    ),
    "by most proficient, ana is more proficient than bo (levels of 9 against 7 in all)": Why(
        policy="most_proficient",
        winner=terms(("proficiency", -9), ("idle_since_ms", 9)),
        runner_up_score=terms(("proficiency", -7), ("idle_since_ms", 3)),
        decided_by="proficiency",
    ),
    "by most proficient, ana has been without a new contact for longest, before bo (equal in proficiency)": Why(
        policy="most_proficient",
        winner=terms(("proficiency", -9), ("idle_since_ms", 0)),
        runner_up_score=terms(("proficiency", -9), ("idle_since_ms", 3)),
        decided_by="idle_since_ms",
    ),
    "by round robin, it is the turn of ana, before bo": Why(
        policy="round_robin",
        winner=terms(("last_offer", 4)),
        runner_up_score=terms(("last_offer", 6)),
        decided_by="last_offer",
    ),
    "by skill based, ana comes before bo in the alphabet (equal in other skills and time without a new contact)": Why(
        policy="skill_based",
        winner=terms(("other_skills", 1), ("idle_since_ms", 9)),
        runner_up_score=terms(("other_skills", 1), ("idle_since_ms", 9)),
        decided_by="id",
    ),
    "by least response time, ana answers sooner than bo (2500 ms against 4000 on average)": Why(
        policy="least_response_time",
        winner=terms(("response_ms", 2500), ("idle_since_ms", 9)),
        runner_up_score=terms(("response_ms", 4000), ("idle_since_ms", 3)),
        decided_by="response_ms",
    ),
    "by fewest answered, ana has taken fewer today than bo (3 against 5)": Why(
        policy="fewest_answered",
        winner=terms(("answered", 3), ("idle_since_ms", 9)),
        runner_up_score=terms(("answered", 5), ("idle_since_ms", 3)),
        decided_by="answered",
    ),
    "by weighted, ana has 90 points more than bo (proficiency +120, answered -30)": Why(
        policy="weighted",
        winner=terms(
            ("score", LONG_IDLE - 450_000),
            ("idle_since_ms", 9),
            (f"{PART}proficiency", -540_000),
            (f"{PART}answered", 90_000),
        ),
        runner_up_score=terms(
            ("score", LONG_IDLE - 360_000),
            ("idle_since_ms", 9),
            (f"{PART}proficiency", -420_000),
            (f"{PART}answered", 60_000),
        ),
        decided_by="score",
    ),
    "by weighted, ana comes before bo in the alphabet (equal in points and time without a new contact)": Why(
        policy="weighted",
        winner=terms(("score", -1), ("idle_since_ms", 9), (f"{PART}cost", -1)),
        runner_up_score=terms(("score", -1), ("idle_since_ms", 9), (f"{PART}cost", -1)),
        decided_by="id",
    ),
    "ana comes before all others for a time: the route names them, or the customer knows them": Why(preferred=True),
    "ana comes before all others for a time: the transfer names them": Why(preferred=True, entry_point="queue:help"),
    "ana was asked by name, so nobody else is asked": Why(preferred=True, entry_point="question:"),
    "by weighted, ana comes before bo in travel time (4 against 6)": Why(
        policy="weighted",
        winner=terms(("travel_time", 4)),
        runner_up_score=terms(("travel_time", 6)),
        decided_by="travel_time",
    ),
}


@pytest.mark.parametrize("said", DECISIONS)
def test_it_says_what_the_engine_went_by(said: str) -> None:
    assert reason("ana", DECISIONS[said]).endswith(f"; {said}")
