"""The auditor's view of warm transfers: who asks keeps the contact, and it goes to nobody but who had accepted."""

from services.router.core import events as said
from tests.simulation.core_books import Book, Ledger, must
from tests.simulation.core_policies import count_until

ASKED_FOR_MS = 120_000


class Consultations:
    """The part of the auditor that hears of them."""

    ledger: Ledger
    accepted: int

    def _ConsultationOpened(self, event: said.ConsultationOpened, at_ms: int) -> None:  # noqa: N802
        about = self.ledger.books[event.about]
        must(event.contact_id not in self.ledger.books, "an id of a consultation that is taken")
        must((about.where, about.agent) == ("active", event.agent), "asked about what is not in work")
        must(about.about is None and about.consultation is None, "asked twice at once, or about a question")
        must((event.company, event.channel) == (about.company, about.channel), "a question of another kind")
        self.accepted += 1
        book = Book(event.contact_id, event.company, event.channel, about.arrived_ms, self.accepted)
        book.conversation = (event.channel, event.company, "", "")
        book.about, book.only = about, event.to_agent
        about.consultation = book
        self.ledger.begin(book)

    def _ContactHandedOver(self, event: said.ContactHandedOver, at_ms: int) -> None:  # noqa: N802
        book, asked = self.ledger.books[event.contact_id], self.ledger.books[event.consultation]
        must((book.where, book.agent) == ("active", event.agent), "handed over by who did not have it")
        must(asked.about is book, "handed over by somebody else's question")
        must((asked.ended_ms, asked.ended_with) == (at_ms, event.to_agent), "handed over to who had not accepted")
        must(event.to_agent != event.agent, "handed over to oneself")
        must(event.offer_id == asked.offer, "handed over for another offer than was accepted")
        book.offer = event.offer_id
        needs = {each.skill: each.level for each in event.skills}
        must((event.queue, needs) == (asked.queue, asked.needs), "handed over for something else than was asked")
        giver, taker = self.ledger.people[event.agent], self.ledger.people[event.to_agent]
        for person in (giver, taker):
            count_until(self.ledger, person, at_ms)
        giver.idle_ms = at_ms if len(giver.has) == 1 else giver.idle_ms
        taker.idle_ms = at_ms
        self.ledger.put(book, "active", event.to_agent, event.queue)
        asked.ended_with = ""
        book.way, book.routed_ms = f"queue:{event.queue}", at_ms
        book.steps.clear()
        book.ask(needs, ())


def check_asked(event: said.ContactQueued, book: Book, about: Book) -> None:
    """It waits as its contact would, for whom it names."""
    must((event.priority, event.value) == (about.priority, about.value), f"{book.id} counts for something else")
    must((event.entry_point, event.preferred) == ("question:", book.only), f"{book.id} is asked of somebody else")


def is_asked(agent: str, book: Book) -> bool:
    """Whether the agent may be offered it, as far as who asks has a say."""
    return book.about is None or (agent != book.about.agent and book.only in ("", agent))


def check_end_of_question(event: said.ContactEnded, book: Book, at_ms: int) -> None:
    must((str(event.outcome) == "consulted") == (book.about is not None), f"{book.id} ends as what it is not")
    if book.about is not None:
        book.about.consultation = None
        book.ended_ms, book.ended_with = at_ms, book.agent if book.where == "active" else ""


def check_questions(ledger: Ledger, at_ms: int) -> None:
    """Each is about what who asks still has; none waits too long, or for who has said no."""
    for book in ledger.questions.values():
        about = book.about
        assert about is not None
        must(about.where in ("active", "ended"), f"{about.id} has left, and its question has not")
        must(about.consultation is book and about.where == "active", f"{book.id} is about nothing")
        must(about.agent != book.agent, f"{book.id} is with who asks")
        waits = book.where == "queued"
        must(not waits or at_ms < book.queued_ms + ASKED_FOR_MS, f"{book.id} waits too long")
        must(not (waits and book.only and book.offer), f"{book.id} waits for who has been asked")
