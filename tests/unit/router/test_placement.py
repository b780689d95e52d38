from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.router.placement import Candidate, Placement, place, ranked

PARTITIONS = 12


def routers(*names: str) -> list[Candidate]:
    return [Candidate(name, f"{name}:8082") for name in names]


def settled(candidates: list[Candidate], placements: dict[str, Placement], epoch: int = 1) -> list[Candidate]:
    """The same routers once they do as they were told."""
    return [
        Candidate(
            each.id,
            each.address,
            tuple((partition, epoch) for partition in placements[each.id].owns),
            frozenset(placements[each.id].owns) | frozenset(placements[each.id].stands_by),
        )
        for each in candidates
    ]


def owners(placements: dict[str, Placement]) -> dict[int, str]:
    return {partition: name for name, placement in placements.items() for partition in placement.owns}


def test_one_router_has_everything_and_nobody_stands_by() -> None:
    assert place(routers("a"), PARTITIONS, 2) == {
        "a": Placement(tuple(range(PARTITIONS)), (), tuple(range(PARTITIONS)))
    }


def test_nobody_is_placed_where_nobody_is() -> None:
    assert place([], PARTITIONS, 2) == {}


def test_nothing_moves_when_nothing_has_changed() -> None:
    three = routers("a", "b", "c")
    first = place(three, PARTITIONS, 1)
    assert place(settled(three, first), PARTITIONS, 1) == first


def test_a_router_that_comes_takes_only_what_makes_it_even() -> None:
    two = routers("a", "b")
    before = place(two, PARTITIONS, 1)
    after = place([*settled(two, before), *routers("c")], PARTITIONS, 1)
    moved = {partition for partition, owner in owners(before).items() if owners(after)[partition] != owner}
    assert len(moved) == PARTITIONS // 3
    assert {owners(after)[partition] for partition in moved} == {"c"}


def test_what_a_lost_router_owned_goes_to_those_who_followed_it() -> None:
    four = routers("a", "b", "c", "d")
    before = settled(four, place(four, PARTITIONS, 2))
    left = before[1:]
    after = place(left, PARTITIONS, 2)
    orphans = {partition for partition, _ in before[0].owns}
    for each in left:
        for partition in orphans & set(after[each.id].owns):
            assert partition in each.follows


def test_of_two_that_claim_the_same_the_newer_epoch_keeps_it() -> None:
    zombie = Candidate("a", "a:8082", tuple((partition, 3) for partition in range(6)))
    heir = Candidate("b", "b:8082", tuple((partition, 4) for partition in range(6)))
    assert set(place([zombie, heir], PARTITIONS, 0)["b"].owns) == set(range(6))


def test_claims_beyond_the_partitions_there_are_count_for_nothing() -> None:
    liar = Candidate("a", "a:8082", ((-1, 9), (PARTITIONS, 9), (3, 1)))
    assert owners(place([liar, *routers("b")], PARTITIONS, 0)).keys() == set(range(PARTITIONS))


def test_a_router_that_comes_or_goes_changes_few_standbys() -> None:
    five = routers("a", "b", "c", "d", "e")
    before = {partition: {each.id for each in ranked(five, partition)[:3]} for partition in range(300)}
    after = {partition: {each.id for each in ranked(five[:-1], partition)[:3]} for partition in range(300)}
    lost = [partition for partition in before if "e" in before[partition]]
    assert all(before[partition] == after[partition] for partition in before if partition not in lost)
    assert len(lost) < 300 * 3 / 5 * 1.25


def test_who_refuses_a_partition_neither_owns_it_nor_stands_by_for_it() -> None:
    old = Candidate("a", "a:8082", tuple((each, 1) for each in range(6)), frozenset(range(6)), frozenset({0, 1, 2}))
    placements = place([old, *routers("b", "c")], PARTITIONS, 2)
    assert not {0, 1, 2} & {*placements["a"].owns, *placements["a"].stands_by}
    assert owners(placements).keys() == set(range(PARTITIONS))


def test_what_all_refuse_is_given_to_somebody_all_the_same() -> None:
    both = [Candidate(name, f"{name}:1", refuses=frozenset({5})) for name in ("a", "b")]
    assert 5 in owners(place(both, PARTITIONS, 0))


CANDIDATES = st.lists(
    st.tuples(
        st.sets(st.integers(-2, PARTITIONS + 2), max_size=PARTITIONS),
        st.sets(st.integers(0, PARTITIONS - 1)),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=7,
).map(
    lambda all_of_them: [
        Candidate(f"m{number}", f"r{number}:1", tuple((each, epoch) for each in sorted(owns)), frozenset(follows))
        for number, (owns, follows, epoch) in enumerate(all_of_them)
    ]
)


@given(CANDIDATES, st.integers(0, 3))
def test_whatever_routers_say_each_partition_has_one_owner_and_the_standbys_there_can_be(
    candidates: list[Candidate], standbys: int
) -> None:
    placements = place(candidates, PARTITIONS, standbys)
    owned = Counter(partition for placement in placements.values() for partition in placement.owns)
    assert owned == Counter(range(PARTITIONS))
    counts = [len(placement.owns) for placement in placements.values()]
    assert max(counts) - min(counts) <= 1
    followers = Counter(partition for placement in placements.values() for partition in placement.stands_by)
    assert set(followers.values()) <= {min(standbys, len(candidates) - 1)}
    keepers = Counter(partition for placement in placements.values() for partition in placement.keeps)
    assert keepers == Counter(range(PARTITIONS))
    beside = len(candidates) > 1 and standbys > 0
    assert all(set(each.keeps) <= set(each.stands_by if beside else each.owns) for each in placements.values())
    assert not any(set(placement.owns) & set(placement.stands_by) for placement in placements.values())


@given(CANDIDATES, st.integers(0, 3))
def test_once_done_as_told_nothing_moves_any_more(candidates: list[Candidate], standbys: int) -> None:
    placements = place(candidates, PARTITIONS, standbys)
    assert place(settled(candidates, placements), PARTITIONS, standbys) == placements
