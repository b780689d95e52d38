"""What the twilio library sends its requests through: to the configured host, with deadlines and bounds.

The library can change only parts of its host name (edge, region), so the host is changed here. Its own clients block or
log numbers, and can't tell a request that was never sent from one whose answer was lost.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
from twilio.http.response import Response

LIBRARY_HOST = "https://api.twilio.com"
WHOLE_S = 20.0
CONNECT_S = 5.0
AT_ONCE = 8
ANSWER_BYTES_MAX = 1_048_576
# Files are kept elsewhere; there the library sends no password.
REDIRECTS_MAX = 3


class NotSent(Exception):
    """The request did not reach the carrier."""


class Unanswered(Exception):
    """The request went out, and no answer came that could be read."""


class TooLarge(Unanswered):
    """The answer is larger than it may be."""


class TwilioHttp:
    """A client as the library asks for one (twilio.http.AsyncHttpClient); at most 8 requests run at a time."""

    is_async = True

    def __init__(self, base_url: str, answer_within_s: float = WHOLE_S) -> None:
        self._base_url = base_url.rstrip("/")
        self._answer_within_s = answer_within_s
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(answer_within_s, connect=CONNECT_S, pool=CONNECT_S),
            limits=httpx2.Limits(max_connections=AT_ONCE),
            max_redirects=REDIRECTS_MAX,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def our_url(self, url: str) -> str:
        """A URL of the API at the configured host. Raises ValueError for a URL of anything else."""
        for host in (LIBRARY_HOST, self._base_url):
            if url.startswith(f"{host}/"):
                return self._base_url + url.removeprefix(host)
        raise ValueError("the URL is not one of the carrier's API")

    async def request(  # noqa: PLR0913, PLR0917  # the library's signature
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # the library's signature; it never names one
        allow_redirects: bool = False,  # noqa: ARG002  # the API has none
    ) -> Response:
        """Send one request. Raises NotSent, Unanswered."""
        request = self._http.build_request(
            method, self.our_url(uri), params=params or None, data=data or None, headers=headers
        )
        content, answer = await self.answer(request, auth, ANSWER_BYTES_MAX)
        return Response(answer.status_code, content.decode(errors="replace"), dict(answer.headers))

    async def answer(
        self,
        request: httpx2.Request,
        auth: tuple[str, str] | None,
        bytes_max: int,
        *,
        follow: bool = False,
    ) -> tuple[bytes, httpx2.Response]:
        """The answer to a request, with its content. Raises NotSent, Unanswered."""
        try:
            async with asyncio.timeout(self._answer_within_s):
                response = await self._http.send(request, auth=auth, stream=True, follow_redirects=follow)
                try:
                    return await _content(response, bytes_max), response
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from error
        except (httpx2.HTTPError, httpx2.StreamError, TimeoutError) as error:
            raise Unanswered(type(error).__name__) from error

    def media_request(self, url: str) -> httpx2.Request:
        """The request for a file. Raises ValueError for a URL of anybody else."""
        return self._http.build_request("GET", self.our_url(url))


async def _content(response: httpx2.Response, bytes_max: int) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > bytes_max:
            raise TooLarge(f"more than {bytes_max} bytes")
    return content
