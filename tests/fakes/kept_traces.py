"""Traces that are kept where a test can look at them."""

from services.shared.traces import Span


class KeptTraces:
    """Everybody's."""

    wanted = True

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def tell(self, span: Span) -> None:
        """Keep it."""
        self.spans.append(span)

    def close(self) -> None:
        """Nothing waits."""
