"""The application over HTTP: the carrier's requests go out as a browser's forms would."""

import asyncio

import httpx2

from services.cli.carrier.exchange.markup import DOCUMENT_BYTES_MAX
from services.cli.carrier.exchange.web import Unreachable, WebAnswer, WebRequest

# twilio.com/docs/usage/webhooks/webhooks-connection-overrides: 5 s to connect, 15 s in all, one retry of a connection.
CONNECT_S = 5.0
ANSWER_S = 15.0
CONNECTING_TRIES = 2
USER_AGENT = "TwilioProxy/1.1"


class HttpApplication:
    """A part, too: it holds connections while it runs."""

    def __init__(self) -> None:
        self._http: httpx2.AsyncClient | None = None

    async def start(self) -> None:
        """Ready to ask."""
        self._http = httpx2.AsyncClient(timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S), trust_env=False)

    async def stop(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def ask(self, request: WebRequest) -> WebAnswer:
        """Raises Unreachable."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._connecting(request)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as error:
            raise Unreachable(f"no answer ({type(error).__name__})") from None

    async def _connecting(self, request: WebRequest) -> WebAnswer:
        for _ in range(CONNECTING_TRIES - 1):
            try:
                return await self._once(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._once(request)

    async def _once(self, request: WebRequest) -> WebAnswer:
        if self._http is None:
            raise Unreachable("the carrier has stopped")
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", **request.headers}
        data = request.form if request.method == "POST" else None
        url = request.url.partition("#")[0]
        async with self._http.stream(request.method, url, data=data, headers=headers) as response:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > DOCUMENT_BYTES_MAX:
                    break
            return WebAnswer(response.status_code, body, response.headers.get("content-type", ""))
