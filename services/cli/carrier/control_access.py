"""Who may drive the telephones: programs with the key, and, where telephones are open, the carrier's own pages."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request

LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]", "::1"))


class NotAllowed(Exception):
    """The words say why and what to do; `status` is the one of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class ControlAccess:
    """`key` "": no program may; `open_pages`: whoever can open the pages may use every telephone (a demonstration).

    A page elsewhere can't: its Origin is not ours, and a name that somebody makes to mean this machine is none of
    `hosts`, so that it is not ours either.
    """

    key: str
    open_pages: bool
    hosts: frozenset[str] = LOOPBACK

    def admit(self, request: Request) -> None:
        """Raises NotAllowed."""
        if self._has_key(request.headers.get("authorization", "")):
            return
        self.admit_page(request)
        if not self._is_own_page(request):
            raise NotAllowed(403, "only the carrier's own pages may do this: open them, or send the control key")

    def admit_page(self, request: Request) -> None:
        """Whether a page may be shown. Raises NotAllowed."""
        if not self.open_pages:
            raise NotAllowed(401, "send Authorization: Bearer and the control key")
        if not self._is_own_host(request.headers.get("host", "")):
            raise NotAllowed(403, "call the carrier by the name or address that it listens on")

    def _has_key(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        return bool(self.key) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self.key.encode())

    def _is_own_host(self, host: str) -> bool:
        try:
            return (urlsplit(f"//{host}").hostname or "") in self.hosts
        except ValueError:
            return False

    def _is_own_page(self, request: Request) -> bool:
        origin, host = request.headers.get("origin"), request.headers.get("host", "")
        if origin is not None:
            return origin.casefold() in (f"http://{host}".casefold(), f"https://{host}".casefold())
        # Browsers send no Origin when a page reads from its own server; they do say that it is its own.
        return request.method == "GET" and request.headers.get("sec-fetch-site") == "same-origin"
