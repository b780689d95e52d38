"""What a follower of router.log keeps of its place."""

from services.agents.followers import _checkpoint, _document
from services.shared.fence import OLDEST_FORMAT, Checkpoint

PLACE = Checkpoint(3, b"A" * 16, 5, b"d" * 32, 70, format=2)


def test_a_place_comes_back_as_it_was_with_the_format_that_was_in_force() -> None:
    assert _checkpoint(_document(PLACE)) == PLACE


def test_a_place_that_was_kept_without_a_format_is_of_the_oldest() -> None:
    kept = {name: value for name, value in _document(PLACE).items() if name != "format"}
    assert _checkpoint(kept).format == OLDEST_FORMAT
