"""A snapshot in pieces: the same bytes and the same state, and what is damaged or missing is said."""

from dataclasses import replace

import pytest

from services.router.core.snapshot import UnreadableSnapshot, state_hash
from services.router.core.snapshot_pieces import KEYS_AT_ONCE, Piece, PiecesHash, Restoring, comes_back, copied, pieces
from services.router.core.state import TenantState
from tests.unit.router.core.builders import TENANT
from tests.unit.router.core.test_snapshot import busy_core


def pieces_of(state: TenantState) -> list[Piece]:
    return [piece for piece in pieces(copied(state)) if piece is not None]


def restored(some: list[Piece], tenant: str = TENANT) -> TenantState:
    restoring = Restoring(tenant)
    for piece in some:
        restoring.add(piece)
    for _ in restoring.steps():
        pass
    return restoring.state


def hash_of(some: list[Piece]) -> str:
    found = PiecesHash()
    for piece in some:
        found.add(piece)
    return found.hexdigest()


@pytest.mark.parametrize("state", [busy_core().state, TenantState(TENANT)], ids=["busy", "empty"])
def test_pieces_have_the_hash_of_the_whole_and_make_the_state_again(state: TenantState) -> None:
    some = pieces_of(state)
    assert hash_of(some) == state_hash(state)
    assert state_hash(restored(some)) == state_hash(state)
    assert all(comes_back(piece) for piece in some)


def test_many_keys_are_sorted_a_part_at_a_time_and_come_in_order() -> None:
    state = busy_core().state
    for number in range(2 * KEYS_AT_ONCE):
        state.counts[f"count-{number}"] = number
    taken = list(pieces(copied(state)))
    assert None in taken
    some = [piece for piece in taken if piece is not None]
    assert hash_of(some) == state_hash(state)
    assert state_hash(restored(some)) == state_hash(state)


@pytest.mark.parametrize("rows", ["{", "[1", '"words"', "[[[[", '{"id":1}'])
def test_a_piece_that_can_not_be_read_is_said_to_be_none(rows: str) -> None:
    piece = Piece(TENANT, "contacts", rows)
    with pytest.raises(UnreadableSnapshot, match="contacts can't be read"):
        restored([piece])
    with pytest.raises(UnreadableSnapshot, match="contacts can't be read"):
        comes_back(piece)


def test_a_piece_that_is_written_otherwise_does_not_come_back() -> None:
    (piece,) = [each for each in pieces_of(busy_core().state) if each.field == "agents"]
    assert comes_back(piece)
    assert not comes_back(replace(piece, rows=piece.rows.replace(":", ": ")))


def test_pieces_of_another_format_or_tenant_are_refused() -> None:
    some = pieces_of(busy_core().state)
    with pytest.raises(UnreadableSnapshot, match="Its format is"):
        restored([replace(each, rows="99") if each.field == "format" else each for each in some])
    with pytest.raises(UnreadableSnapshot, match="Its format is"):
        restored(some, "somebody else")


@pytest.mark.parametrize("field", ["plan", "ended", "strays", "answered"])
def test_pieces_of_which_one_is_missing_are_refused(field: str) -> None:
    with pytest.raises(UnreadableSnapshot, match="missing"):
        restored([each for each in pieces_of(busy_core().state) if each.field != field])
