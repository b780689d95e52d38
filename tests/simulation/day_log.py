"""A simulated day as the records of router.log that a router would have written."""

from collections.abc import Iterator
from itertools import groupby
from random import Random

from services.router.core.events import Event
from services.router.decided import DecidedCommand
from services.router.log_codec import decode_decided, encode_command, encode_decided
from services.shared.fence import ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from tests.simulation.reporting_day import TENANT, Step

CLAIM = b"d" * 16


def records(steps: list[Step], batching: Random) -> list[bytes]:
    """One barrier, then batches: each command has its own, or shares it with others of its moment, as the dice say.

    Now and then there is a batch in which nothing but time passes, and an old one that no reader counts.
    """
    digest, found = ZERO_DIGEST, [encode_record(Barrier(1, CLAIM, "127.0.0.1:8082", 1))]
    for seq, content in enumerate(_contents(steps, batching), start=1):
        found.append(encode_record(Batch(1, CLAIM, seq, digest, 1, content)))
        digest = next_digest(digest, 1, content)
        if batching.random() < 0.01:
            found.append(encode_record(Batch(1, CLAIM, 1, ZERO_DIGEST, 1, content)))
    return found


def events_in(contents: list[bytes]) -> list[tuple[int, Event]]:
    """What batches decided, as the router's own codec reads it."""
    decided = [decode_decided(content) for content in contents]
    return [(command.at_ms, event) for each in decided for command in each.commands for event in command.events]


def _contents(steps: list[Step], batching: Random) -> Iterator[bytes]:
    for at_ms, group in groupby(steps, key=lambda step: step.at_ms):
        commands = [encode_command(DecidedCommand(TENANT, "", at_ms, None, step.events)) for step in group]
        while commands:
            count = batching.randint(1, len(commands))
            yield encode_decided(at_ms, -1, commands[:count])
            commands = commands[count:]
        if batching.random() < 0.05:
            yield encode_decided(at_ms, -1, [])
