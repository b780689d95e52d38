"""Speaking into a leg, and collecting the keys that are pressed meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.carrier.exchange.handset import Connection, Kind
from services.cli.carrier.exchange.leg import Leg
from services.cli.carrier.exchange.network import Pace
from services.cli.carrier.exchange.twiml import Gather, Pause, Play, Prompt, Say
from services.cli.carrier.exchange.waiting import cancel


@dataclass(frozen=True, slots=True)
class Gathered:
    """The keys, and the one that ended them ("" when none did)."""

    digits: str
    ended_with: str = ""


async def speak(leg: Leg, prompts: Sequence[Prompt], pace: Pace) -> None:
    """One after the other. Recordings are named, not fetched: nobody listens with ears here."""
    for prompt in prompts:
        match prompt:
            case Say():
                for _ in range(prompt.times):
                    await _sound(leg, Kind.SPEECH, prompt.text, prompt.language, pace.speech_ms(prompt.text))
            case Play():
                for _ in range(prompt.times):
                    await _sound(leg, Kind.AUDIO, prompt.what, "", pace.recording_ms)
            case Pause():
                await asyncio.sleep(prompt.seconds)


async def _sound(leg: Leg, kind: Kind, text: str, language: str, takes_ms: int) -> None:
    if text:
        leg.hear(kind, text, language)
    await asyncio.sleep(takes_ms / 1000)


async def gather(leg: Leg, connection: Connection, verb: Gather, pace: Pace) -> Gathered:
    """Speak and collect. A key ends the speaking; the time without keys is counted from the end of the speaking."""
    connection.forget_keys()
    speaking = asyncio.create_task(speak(leg, verb.prompts, pace))
    try:
        if not verb.takes_keys:
            await speaking
            await asyncio.sleep(verb.timeout_s)
            return Gathered("")
        return await _collect(connection, verb, speaking)
    finally:
        await cancel(speaking)


async def _collect(connection: Connection, verb: Gather, speaking: asyncio.Task[None]) -> Gathered:
    digits = ""
    key = await _first_key(connection, speaking, verb.timeout_s)
    while key:
        await cancel(speaking)
        if key == verb.ends_with:
            return Gathered(digits, key)
        digits += key
        if len(digits) == verb.most:
            break
        key = await _key(connection, verb.timeout_s)
    return Gathered(digits)


async def _first_key(connection: Connection, speaking: asyncio.Task[None], timeout_s: int) -> str:
    pressed = asyncio.create_task(connection.keys.get())
    try:
        await asyncio.wait([pressed, speaking], return_when=asyncio.FIRST_COMPLETED)
        if not pressed.done():
            await asyncio.wait([pressed], timeout=timeout_s)
        return pressed.result() if pressed.done() else ""
    finally:
        await cancel(pressed)


async def _key(connection: Connection, timeout_s: int) -> str:
    try:
        return await asyncio.wait_for(connection.keys.get(), timeout_s)
    except TimeoutError:
        return ""
