"""Which services may call the router's gRPC: said by the certificate of the connection, checked at each call."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import structlog
from prometheus_client import Counter

from services.shared.service_names import may_call
from services.shared.tls_files import TlsFiles, TlsPapers

# Agents for their desks, other routers with calls that they forward, programs and the command line with their tokens.
CALLERS = ("agents", "router", "programs")
NAMES = "x509_subject_alternative_name"
KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
REFUSED = Counter(
    "switchroom_router_callers_refused_total", "Calls with the certificate of a service that may not call"
)
WORDS = f"the certificate of this connection is of no service that may call: those of {', '.join(CALLERS)} are"

log = structlog.get_logger(__name__)
Handler = Any
Details = grpc.HandlerCallDetails


def server_credentials(tls: TlsFiles) -> grpc.ServerCredentials:
    """For a server that demands certificates of its clients; each new connection goes by the files as they are then."""
    current = tls.now()

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        nonlocal current
        if (papers := tls.now()) is current:
            return None
        current = papers
        return _configuration(papers)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(current),
        fetch,  # type: ignore[arg-type]  # None is "no change", which the stubs don't know
        require_client_authentication=True,
    )


class CallersChecked(grpc.aio.ServerInterceptor):
    """Lets in the services of CALLERS alone, to every service on the port."""

    async def intercept_service(
        self, continuation: Callable[[Details], Awaitable[Handler]], handler_call_details: Details
    ) -> Handler:
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        return handler._replace(**{kind: _checked(call) for kind in KINDS if (call := getattr(handler, kind))})


def _checked(call: Callable[..., Any]) -> Callable[..., Any]:
    async def answer(asked: Any, context: Any) -> Any:
        await _check(context)
        return await call(asked, context)

    async def stream(asked: Any, context: Any) -> AsyncIterator[Any]:
        await _check(context)
        async for message in call(asked, context):
            yield message

    return stream if inspect.isasyncgenfunction(call) else answer


async def _check(context: Any) -> None:
    names = [name.decode(errors="replace") for name in context.auth_context().get(NAMES, ())]
    if may_call(CALLERS, names):
        return
    REFUSED.inc()
    log.warning("caller_refused", names=names[:4])
    await context.abort(grpc.StatusCode.PERMISSION_DENIED, WORDS)


def _configuration(papers: TlsPapers) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(papers.key, papers.certificate)], papers.authorities)
