"""gRPC channels between our processes: plain, or with certificates on both sides, taken anew when they change."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import grpc
import grpc.aio

from services.shared.service_names import dns_name
from services.shared.tls_files import TlsFiles, TlsPapers

Options = Sequence[tuple[str, Any]]


def open_channel(
    address: str, tls: TlsFiles | None = None, options: Options = (), *, service: str = "router"
) -> grpc.aio.Channel:
    """A channel to "host:port"; whoever has it closes it. With `tls`, only to that `service`, by its certificate.

    Of several addresses ("10.0.0.1:8082,10.0.0.2:8082", IPv4) the next one is tried when one does not answer.
    """
    target = f"ipv4:{address}" if "," in address else address
    if tls is None:
        return grpc.aio.insecure_channel(target, options=options)
    return RenewedChannel(target, tls, options, service)


@dataclass(slots=True)
class _Line:
    """A channel with one pair of certificate and key, and how many calls are on it."""

    channel: grpc.aio.Channel
    papers: TlsPapers
    calls: int = 0


class RenewedChannel(grpc.aio.Channel):
    """Calls that begin after the files changed go over a new connection; those that run go on over the old one."""

    def __init__(self, address: str, tls: TlsFiles, options: Options, service: str) -> None:
        self._address = address
        self._tls = tls
        # The certificate says which service it is, not on which machine: pods have no lasting names.
        self._options = (*options, ("grpc.ssl_target_name_override", dns_name(service)))
        self._lines = [self._new_line(tls.now())]
        self._closing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Close everything; calls that run have `grace` seconds."""
        lines, self._lines = self._lines, []
        await asyncio.gather(*(line.channel.close(grace) for line in lines), *self._closing)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._line().channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._line().channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._line().channel.channel_ready()

    def unary_unary(self, *method: Any, **more: Any) -> Any:
        return self._callable("unary_unary", method, more)

    def unary_stream(self, *method: Any, **more: Any) -> Any:
        return self._callable("unary_stream", method, more)

    def stream_unary(self, *method: Any, **more: Any) -> Any:
        return self._callable("stream_unary", method, more)

    def stream_stream(self, *method: Any, **more: Any) -> Any:
        return self._callable("stream_stream", method, more)

    def _callable(self, kind: str, method: tuple[Any, ...], more: dict[str, Any]) -> Callable[..., Any]:
        bound: tuple[_Line | None, Any] = (None, None)

        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal bound
            line = self._line()
            if bound[0] is not line:
                bound = line, getattr(line.channel, kind)(*method, **more)
            began = bound[1](*arguments, **named)
            line.calls += 1
            began.add_done_callback(lambda _: self._ended(line))
            return began

        return call

    def _line(self) -> _Line:
        papers = self._tls.now()
        if not self._lines:
            raise grpc.aio.UsageError("the channel is closed")
        if self._lines[-1].papers is not papers:
            before = self._lines[-1]
            self._lines.append(self._new_line(papers))
            self._leave(before)
        return self._lines[-1]

    def _new_line(self, papers: TlsPapers) -> _Line:
        credentials = grpc.ssl_channel_credentials(papers.authorities, papers.key, papers.certificate)
        return _Line(grpc.aio.secure_channel(self._address, credentials, options=self._options), papers)

    def _ended(self, line: _Line) -> None:
        line.calls -= 1
        if self._lines and line is not self._lines[-1]:
            self._leave(line)

    def _leave(self, line: _Line) -> None:
        """Close a line of before, once nothing is on it."""
        if line.calls == 0 and line in self._lines:
            self._lines.remove(line)
            closing = asyncio.ensure_future(line.channel.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
