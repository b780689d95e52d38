"""Callers who wait and may choose to be called back: one key, and the place in the queue is kept without a line.

What the choice comes to is the log's word: the caller holds the line until it says that the place is kept, and is put
through if it says that an agent was quicker.
"""

from collections.abc import Mapping, Sequence

from services.ingest.addresses import Place
from services.ingest.carriers.webhook import Webhook
from services.ingest.front_door import Unavailable
from services.ingest.voice.line import Line, caller_of, count_in
from services.ingest.voice.room import Stage
from services.ingest.voice.sentences import sentences_in, spoken_language
from services.ingest.voice.surroundings import CALLBACK, WAIT, Surroundings
from services.ingest.voice.twiml import Document
from services.plan.compiled import Channel

# As the sentences say it.
KEY = "1"
AGAIN_S = 2
# The router has kept the place by then, as a rule.
KEPT_AFTER_S = 1
WAITING = (Stage.WAITING, Stage.OFFERED)


class CallBackOffers:
    """Answers with TwiML."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def may_choose(self, webhook: Webhook) -> bool:
        """Whether this caller can be called back: their number is known, and one that is called from here."""
        place, number = self._place(webhook), caller_of(webhook)
        if place is None or not number or self._around.numbers is None:
            return False
        return self._around.numbers.may_be_called(place, number)

    def beside(self, line: Line, said: Sequence[str], where: Mapping[str, str]) -> str:
        """Say these sentences and the offer, if there is anything to say, and listen for the key while they wait."""
        around, spoken = self._around, spoken_language(line.language)
        sentences = [*said, sentences_in(line.language).call_back] if said else []
        key_url, wait_url = (line.url(around.urls, path, **where) for path in (CALLBACK, WAIT))
        return str(Document().listen(sentences, spoken, around.manners.ask_s, key_url).go_on(wait_url))

    async def chosen(self, webhook: Webhook) -> str:
        """A caller who waits has pressed a key. Raises NotTaken."""
        line = await self._around.line(webhook)
        keys = webhook.query.get("keys", "") or webhook.field("Digits")
        standing = self._around.room.standing(line.tenant, line.contact_id)
        is_waiting = standing is not None and standing.stage in WAITING
        if keys == KEY and is_waiting and self.may_choose(webhook):
            return await self._choose(line, webhook)
        return self._go_on(line, webhook)

    async def promised(self, line: Line) -> str:
        """The log says that the place is kept: the call can end."""
        await self._around.calls.diverting(line.contact_id)
        said = sentences_in(line.language).called_back
        return str(Document().say(said, spoken_language(line.language)).hang_up())

    async def _choose(self, line: Line, webhook: Webhook) -> str:
        place, number, numbers = self._place(webhook), caller_of(webhook), self._around.numbers
        if place is None or numbers is None or not numbers.count(place, number):
            return self._go_on(line, webhook)
        try:
            await self._around.reports.called_back(line, place.address, number)
        except Unavailable:
            numbers.give_back(place, number)
            again = line.url(self._around.urls, CALLBACK, keys=KEY, **_where(webhook))
            return str(Document().wait(AGAIN_S, again))
        return str(Document().wait(KEPT_AFTER_S, line.url(self._around.urls, WAIT, **_where(webhook))))

    def _go_on(self, line: Line, webhook: Webhook) -> str:
        return str(Document().go_on(line.url(self._around.urls, WAIT, **_where(webhook))))

    def _place(self, webhook: Webhook) -> Place | None:
        """The number of ours that was called."""
        return self._around.addresses.find(Channel.VOICE, webhook.field("To")[:64])


def _where(webhook: Webhook) -> dict[str, str]:
    """How far the waiting room had come. Raises NotTaken."""
    counts = {name: count_in(webhook, name) for name in ("said", "told")}
    known = {name: str(count) for name, count in counts.items() if count is not None}
    return {"after": webhook.query.get("after", ""), **known}
