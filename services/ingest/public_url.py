"""Under which URL customers and the carrier reach this service: the one configured, or its own once it listens."""

from services.shared.serve import HttpPart


class PublicUrl:
    """To be called when a URL is needed: before the HTTP part listens, its own port is not known."""

    def __init__(self, configured: str, host: str) -> None:
        self._configured = configured
        self._host = host
        self.http: HttpPart | None = None

    def __call__(self) -> str:
        """Without a slash at its end."""
        if self._configured or self.http is None:
            return self._configured
        return f"http://{self._host}:{self.http.port}"
