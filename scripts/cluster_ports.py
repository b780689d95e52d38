"""Ports for servers that come back to them: none that a connection may get while its server is away."""

# ruff: noqa: INP001  # a part of scripts/cluster

import contextlib
import random
import socket
from collections.abc import Sequence

# Below those that systems give to outgoing connections: from 32768 on Linux, from 49152 elsewhere.
LOWEST, HIGHEST = 20_000, 32_000
TRIES = 1_000


def block_of_ports(count: int, first: int = 0) -> Sequence[int]:
    """So many in a row that nobody listens on now, from `first` on if given. Raises RuntimeError if there are none."""
    if first:
        return _from(first, count)
    for _ in range(TRIES):
        begin = random.randrange(LOWEST, HIGHEST - count)  # noqa: S311  # no secret
        if all(_is_free(port) for port in range(begin, begin + count)):
            return range(begin, begin + count)
    raise RuntimeError(f"no {count} ports in a row are free from {LOWEST} to {HIGHEST}: end what uses them")


def _from(first: int, count: int) -> Sequence[int]:
    taken = [port for port in range(first, first + count) if not _is_free(port)]
    if taken:
        raise RuntimeError(f"port {taken[0]} is taken, and {count} are needed from {first} on: give another first one")
    return range(first, first + count)


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return True
    return False
