"""Which web pages may talk to ingest from a visitor's browser."""

from urllib.parse import urlsplit


class Origins:
    """Pages served by ingest itself (under whatever name it was called by), its public URL, and those allowed.

    A call without an Origin header is not a browser's: it is let in, for it carries nobody's authority. Chats are held
    by a token in the first frame, never by a cookie, so that an origin is no credential.
    """

    def __init__(self, public_url: str, allowed: tuple[str, ...]) -> None:
        self._allowed = frozenset(origin_of(url) for url in (public_url, *allowed) if url)

    def may_talk(self, origin: str | None, host: str | None) -> bool:
        """Whether a call with these Origin and Host headers is welcome."""
        if origin is None:
            return True
        scheme, _, rest = origin.casefold().partition("://")
        if scheme not in ("http", "https"):
            return False
        return origin.casefold() in self._allowed or (host is not None and rest == host.casefold())


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, lower case."""
    parts = urlsplit(url.casefold())
    return f"{parts.scheme}://{parts.netloc}"
