"""Bells: who waits for something to change is woken when it does, by topic."""

import asyncio
from collections import defaultdict


class Listener:
    """Woken when one of its topics is rung, or when the bells stop."""

    def __init__(self, bells: "Bells") -> None:
        self._bells = bells
        self._woken = asyncio.Event()
        self._rung: set[str] = set()
        self._topics: frozenset[str] = frozenset()

    def listen_to(self, topics: frozenset[str]) -> None:
        """Listen to these topics from now on, and to no others."""
        for gone in self._topics - topics:
            self._bells.forget(gone, self)
        for new in topics - self._topics:
            self._bells.remember(new, self)
        self._topics = topics

    def wake(self, topic: str) -> None:
        self._rung.add(topic)
        self._woken.set()

    async def wait(self, seconds: float) -> frozenset[str]:
        """The topics that were rung since the last wait; empty when nothing was before the time ran out."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return frozenset()
        self._woken.clear()
        rung, self._rung = frozenset(self._rung), set()
        return rung

    def close(self) -> None:
        self.listen_to(frozenset())


class Bells:
    """One for the process. As a part that starts last it stops first, so that open streams end before the server."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self.stopped = False

    def listener(self, *topics: str) -> Listener:
        listener = Listener(self)
        listener.listen_to(frozenset(topics))
        return listener

    def ring(self, topic: str) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener.wake(topic)

    def remember(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].add(listener)

    def forget(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].discard(listener)
        if not self._listeners[topic]:
            del self._listeners[topic]

    async def start(self) -> None:
        self.stopped = False

    async def stop(self) -> None:
        self.stopped = True
        for topic in tuple(self._listeners):
            self.ring(topic)


def desk_topic(tenant: str, agent: str) -> str:
    """Rung when an agent's desk changed, or the link to the router came or went."""
    return f"desk/{tenant}/{agent}"


def contact_topic(tenant: str, contact_id: str) -> str:
    """Rung when a contact's conversation changed."""
    return f"contact/{tenant}/{contact_id}"
