"""The reception: a call comes in, and the caller chooses in the plan's menus until they are queued."""

from services.ingest.addresses import Place
from services.ingest.carriers.webhook import Webhook
from services.ingest.envelopes import Arrived, LeftReason
from services.ingest.front_door import Unavailable
from services.ingest.voice.calls import Call
from services.ingest.voice.line import Line, call_id_of, caller_of, count_in
from services.ingest.voice.menus import Asked, Closed, Next, Queued, Turn, Whereabouts, enter, press
from services.ingest.voice.sentences import sentences_in, spoken_language
from services.ingest.voice.surroundings import MENU, WAIT, Surroundings, call_on
from services.ingest.voice.twiml import Document
from services.plan.compiled import Channel
from services.plan.languages import prompt_for

INCOMING = "/voice"
AGAIN_S = 2
KEYS_MAX = 16
NO_KEY_PRESSED = "none"


class Reception:
    """Answers with TwiML. While the log is away callers hold the line, and it is asked again."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def incoming(self, webhook: Webhook) -> str:
        """Somebody calls one of the numbers. Raises NotTaken."""
        call_id = call_id_of(webhook)
        place = self._around.addresses.find(Channel.VOICE, webhook.field("To")[:64])
        if place is None:
            return self._unknown_number()
        contact_id = self._around.reports.ids.contact(place.tenant, call_id)
        if not self._may_begin(place, contact_id):
            return str(Document().reject("busy"))
        line = Line(place.tenant, place.company, contact_id, place.language.lower())
        try:
            return await self._receive(line, place, call_on(line, webhook), caller_of(webhook))
        except Unavailable:
            self._around.admission.came_to_nothing(place.tenant)
            return str(Document().wait(AGAIN_S, self._around.urls(INCOMING)))

    async def menu(self, webhook: Webhook) -> str:
        """A caller was asked to press a key. Raises NotTaken."""
        line = await self._around.line(webhook)
        at, keys = _whereabouts(line, webhook), _keys(webhook)
        await self._around.calls.keep(call_on(line, webhook))
        turn = press(self._around.plans.in_force(line.tenant), line.company, at, keys, self._around.clock.wall_ms())
        try:
            await self._tell(line, at, turn)
            return await self._answer(line, turn.then)
        except Unavailable:
            return str(Document().wait(AGAIN_S, _menu_url(self._around, line, at, keys=keys or NO_KEY_PRESSED)))

    def _may_begin(self, place: Place, contact_id: str) -> bool:
        """Whether a call is let in. The carrier may ask twice: a call that the log knows begins nothing."""
        admission = self._around.admission
        if self._around.room.is_open(place.tenant, contact_id):
            return True
        if (refusal := admission.begin(place.tenant)) is None:
            return True
        admission.note(refusal, place.tenant, Channel.VOICE)
        return False

    def _unknown_number(self) -> str:
        """Not in service, unless the plans that name it have not been read yet."""
        if self._around.not_ready_because() is not None:
            return str(Document().wait(AGAIN_S, self._around.urls(INCOMING)))
        return str(Document().reject("rejected"))

    async def _receive(self, line: Line, place: Place, call: Call, caller: str) -> str:
        then: Next = Queued(line.language)
        if place.menu:
            at = Whereabouts(place.menu, line.language)
            then = enter(self._around.plans.in_force(line.tenant), line.company, at, self._around.clock.wall_ms())
        arrived = Arrived(
            channel=Channel.VOICE,
            dialed=place.address,
            caller=caller,
            language=line.language,
            ready=isinstance(then, Queued),
        )
        # First: what could not be appended for certain may be in the log all the same, and its end is to be noticed.
        await self._around.calls.keep(call)
        await self._around.reports.arrived(line, arrived)
        return await self._answer(line, then)

    async def _tell(self, line: Line, at: Whereabouts, turn: Turn) -> None:
        ready = isinstance(turn.then, Queued)
        if turn.choice is not None:
            await self._around.reports.chosen(line, at.step, turn.choice, ready=ready)
        elif ready:
            await self._around.reports.queued(line)

    async def _answer(self, line: Line, then: Next) -> str:
        match then:
            case Asked():
                return self._ask(line, then)
            case Closed():
                return await self._turn_away(line, then)
            case Queued(language):
                held = Line(line.tenant, line.company, line.contact_id, language)
                said = sentences_in(language).queued
                return str(Document().say(said, spoken_language(language)).go_on(held.url(self._around.urls, WAIT)))

    def _ask(self, line: Line, asked: Asked) -> str:
        document, at = Document(), asked.at
        if at.failed:
            said = sentences_in(at.language)
            document.say(said.no_key if asked.pressed_nothing else said.no_such_key, spoken_language(at.language))
        return str(document.ask(prompt_for(asked.menu.prompts, at.language), _menu_url(self._around, line, at)))

    async def _turn_away(self, line: Line, closed: Closed) -> str:
        """They left in the menu: that is told at once, for nobody need wait for the end of the announcement."""
        # First, so that nobody hangs up on it for being over.
        await self._around.calls.over(line.contact_id)
        await self._around.reports.left(line, LeftReason.EXPIRED)
        prompt = prompt_for(closed.menu.closed_prompts, closed.language)
        document = Document().prompt(prompt)
        if prompt is None:
            document.say(sentences_in(closed.language).closed, spoken_language(closed.language))
        return str(document.hang_up())


def _menu_url(around: Surroundings, line: Line, at: Whereabouts, **more: str) -> str:
    there = Line(line.tenant, line.company, line.contact_id, at.language)
    return there.url(around.urls, MENU, menu=at.menu, step=str(at.step), failed=str(at.failed), **more)


def _whereabouts(line: Line, webhook: Webhook) -> Whereabouts:
    step, failed = count_in(webhook, "step"), count_in(webhook, "failed")
    return Whereabouts(webhook.query.get("menu", ""), line.language, step or 0, failed or 0)


def _keys(webhook: Webhook) -> str:
    """What was pressed: said now, or when the log was away, and then in the URL."""
    before = webhook.query.get("keys", "")
    pressed = before or webhook.field("Digits")
    return "" if pressed == NO_KEY_PRESSED else pressed[:KEYS_MAX]
