"""Ports for servers that come back to them: none that a connection may get while its server is away."""

import contextlib
import random
import socket
from collections.abc import Sequence

# Below those that systems give to outgoing connections: from 32768 on Linux, from 49152 elsewhere.
LOWEST, HIGHEST = 20_000, 32_000
TRIES = 1_000


def block_of_ports(count: int) -> Sequence[int]:
    """So many in a row that nobody listens on now. Raises RuntimeError when there are none."""
    for _ in range(TRIES):
        first = random.randrange(LOWEST, HIGHEST - count)
        ports = range(first, first + count)
        if all(_is_free(port) for port in ports):
            return ports
    raise RuntimeError(f"no {count} ports in a row are free from {LOWEST} to {HIGHEST}: end what uses them")


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return True
    return False
