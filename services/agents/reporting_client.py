"""What this service asks of reporting on somebody's behalf: the live floor, and the timeline of a contact."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx2

from services.shared.serve import PartFailed
from services.shared.service_names import dns_name
from services.shared.tls_files import LiveContext, TlsFiles
from services.shared.tokens import Identity, TokenMaker

# A stream ends with its token, and whoever still may watch gets another one.
TOKEN_S = 300
TIMELINE_BYTES_MAX = 4 * 1024 * 1024
EVENT_BYTES_MAX = 16 * 1024 * 1024
# Reporting says something every four seconds.
TIMES = httpx2.Timeout(5, read=12)
CONNECTIONS = httpx2.Limits(max_connections=256, max_keepalive_connections=16)
EVENT_END = b"\n\n"
PLAIN = (
    "SWITCHROOM_AGENTS_REPORTING_URL has to begin with https:// where SWITCHROOM_TLS_… is set, and to name reporting's "
    "internal port: tokens and private data would go there in the open"
)


class ReportingAway(Exception):
    """Reporting can't be reached, or can't answer now."""


class ReportingClient:
    """A part: connections to reporting; each request has a short-lived token of the one it is made for."""

    def __init__(
        self, url: str, tokens: TokenMaker, timeout: httpx2.Timeout = TIMES, tls: TlsFiles | None = None
    ) -> None:
        """With `tls`: at reporting's internal port, whose certificate is checked and which checks ours."""
        if tls is not None and not url.startswith("https://"):
            raise PartFailed(PLAIN)
        self._tokens = tokens
        self._more = {"sni_hostname": dns_name("reporting")} if tls else {}
        self._http = httpx2.AsyncClient(
            base_url=url,
            timeout=timeout,
            limits=CONNECTIONS,
            trust_env=False,
            verify=LiveContext(tls) if tls else True,
        )

    async def start(self) -> None:
        """Nothing: connections are opened when they are needed."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def timeline(self, identity: Identity, contact_id: str) -> bytes | None:
        """The timeline as JSON; None when there is no such contact, or not for them. Raises ReportingAway."""
        content = b""
        async with self._asked(identity, f"/v1/contacts/{quote(contact_id, safe='')}/timeline") as answer:
            if answer.status_code == 404:
                return None
            async for chunk in _chunks(answer):
                content += chunk
                if len(content) > TIMELINE_BYTES_MAX:
                    raise ReportingAway("the timeline is too large")
        return content

    async def floor(self, identity: Identity) -> AsyncIterator[bytes]:
        """The events of the live floor, whole ones, until the stream ends. Raises ReportingAway."""
        pending = b""
        async with self._asked(identity, "/v1/live/stream") as answer:
            async for chunk in _chunks(answer):
                *events, pending = (pending + chunk).split(EVENT_END)
                for event in events:
                    yield event + EVENT_END
                if len(pending) > EVENT_BYTES_MAX:
                    raise ReportingAway("an event is too large")

    @asynccontextmanager
    async def _asked(self, identity: Identity, path: str) -> AsyncIterator[httpx2.Response]:
        token = self._tokens.make(
            identity.tenant, identity.companies, identity.role, identity.agent, identity.subject, TOKEN_S
        )
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._http.stream("GET", path, headers=headers, extensions=self._more) as answer:
                yield answer
        except (httpx2.HTTPError, OSError) as error:
            raise ReportingAway(type(error).__name__) from error


async def _chunks(answer: httpx2.Response) -> AsyncIterator[bytes]:
    if answer.status_code != 200:
        raise ReportingAway(f"it answered {answer.status_code}")
    async for chunk in answer.aiter_bytes():
        yield chunk
