"""The auditor's view of places in the queue that go from one contact to another: each to one only, and as it was."""

from services.router.core import events as said
from tests.simulation.core_books import Book, Ledger, must


class Places:
    """The part of the auditor that hears of places."""

    ledger: Ledger

    def _PlaceKept(self, event: said.PlaceKept, at_ms: int) -> None:  # noqa: N802
        book, other = self.ledger.books[event.contact_id], self.ledger.books[event.place_of]
        must(book.where == "arrived", "a place given to who has one")
        must(other.where in ("queued", "offered"), "a place taken of who does not wait")
        must(book.company == other.company, "a place taken from another company")
        must((event.arrived_at_ms, event.entry_point) == (other.arrived_ms, other.way), "another place than it was")
        must((event.routed_at_ms, event.told_at_ms) == (other.routed_ms, other.told_ms), "steps begin anew")
        must(event.steps_taken == tuple(other.steps), "other steps taken")
        must(set(event.groups) == set(other.more_groups), "other groups may take it")
        book.place_of, book.arrived_ms, book.way = other, other.arrived_ms, other.way
        book.routed_ms, book.told_ms = other.routed_ms, other.told_ms
        book.steps, book.opened = list(other.steps), set(event.steps_open)
        book.ask(other.needs, other.more_groups)


def check_goes_on(event: said.ContactQueued, book: Book, other: Book) -> None:
    """It asks for the same in the same queue, for the same agent first; and who was there before is gone."""
    must(other.where == "ended", f"{book.id} and {other.id} are at one place")
    must(event.queue == other.queue, f"{book.id} keeps a place in another queue")
    must({each.skill: each.level for each in event.skills} == other.needs, f"{book.id} asks for other skills")
    must((event.priority, event.value) == (other.priority, other.value), f"{book.id} counts for something else")
    must(event.preferred in ("", other.wanted), f"{book.id} is kept for somebody else")
