"""A webhook of the carrier, checked: what a channel is handed, and what it may answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class NotTaken(Exception):
    """A webhook that goes no further: the HTTP status, and one plain sentence that holds nothing private."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Webhook:
    """`query` is ours: what we put into the URL that the carrier called. `fields` are the carrier's."""

    query: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]

    def field(self, name: str) -> str:
        """A field of the carrier; "" when it is not there. Raises NotTaken when it is there with different values."""
        values = set(self.fields.get(name, ("",)))
        if len(values) != 1:
            # The signature does not cover which came first.
            raise NotTaken(400, f"The request was not taken: its field {name} has two values.")
        return values.pop()


# Answers with a TwiML document, or None where the carrier waits for nothing. Raises NotTaken, and
# front_door.Unavailable while the log is away. The carrier may ask again at any time: the same again does no harm.
Hook = Callable[[Webhook], Awaitable[str | None]]


class Urls(Protocol):
    """Makes the URL by which the carrier reaches a hook. To be called when the URL is needed, no earlier."""

    def __call__(self, path: str, **query: str) -> str: ...
