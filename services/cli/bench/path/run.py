"""Runs the bench of the whole path, from contacts.inbound to the agent's stream, beside a relay without decisions."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator
from time import monotonic

import grpc.aio

from services.cli.bench.figure import Figure
from services.cli.bench.path.contacts import Contacts, ContactsMissing
from services.cli.bench.path.desks import DesksMissing
from services.cli.bench.path.embedded import commits_path, embedded_path
from services.cli.bench.path.measuring import Sizes, measured
from services.cli.bench.path.own_cluster import NoCluster, own_cluster
from services.cli.bench.path.paths import kafka_appends, relay_path, router_path, tokens_of
from services.cli.bench.run import heading, told
from services.shared.logs import set_up_logs

FAILED = 1


def bench_path(sizes: Sizes, *, as_json: bool) -> int:
    """Measure on a cluster of its own, with one broker and one router; the exit status."""
    began = monotonic()
    # What a router in this process has to say is no figure.
    set_up_logs(json=False, to=sys.stderr, least=logging.WARNING)
    if not as_json:
        sys.stdout.write(heading())
    try:
        asyncio.run(_measure(sizes, as_json=as_json))
    except (NoCluster, DesksMissing, ContactsMissing, TimeoutError, grpc.aio.AioRpcError) as failed:
        sys.stderr.write(f"The bench could not measure: {failed}\n")
        return FAILED
    sys.stderr.write(f"{monotonic() - began:.0f} s\n")
    return 0


async def _measure(sizes: Sizes, *, as_json: bool) -> None:
    contacts = Contacts()
    async with embedded_path(contacts) as ours, commits_path(contacts) as theirs:
        await _tell(measured(sizes, ours, theirs, "path.embedded"), as_json=as_json)
    with own_cluster("kafka-1", "mongo", "router-1") as cluster:
        async with (
            kafka_appends(cluster) as log,
            router_path(cluster.router, tokens_of(cluster), contacts, log) as ours,
            relay_path(cluster, contacts, _free_port()) as relay,
        ):
            await _tell(measured(sizes, ours, relay), as_json=as_json)


async def _tell(figures: AsyncIterator[Figure], *, as_json: bool) -> None:
    async for figure in figures:
        sys.stdout.write(told(figure, as_json=as_json))
        sys.stdout.flush()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
