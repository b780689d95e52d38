"""An application behind the simulated carrier that answers from a table of paths, and remembers what it was asked."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.cli.carrier.exchange.web import Unreachable, WebAnswer, WebRequest

Answering = Callable[[WebRequest], WebAnswer]


@dataclass
class ScriptedApplication:
    """`answers`: by path; a list is used up from its beginning, its last stays. A path it does not know: 404."""

    answers: dict[str, list[str | WebAnswer]] = field(default_factory=dict)
    asked: list[WebRequest] = field(default_factory=list)
    away: bool = False

    def on(self, path: str, *answers: str | WebAnswer) -> None:
        self.answers[path] = list(answers)

    async def ask(self, request: WebRequest) -> WebAnswer:
        self.asked.append(request)
        if self.away:
            raise Unreachable("away")
        answers = deque(self.answers.get(urlsplit(request.url).path, [WebAnswer(404, b"")]))
        answer = answers.popleft()
        if answers:
            self.answers[urlsplit(request.url).path] = list(answers)
        return answer if isinstance(answer, WebAnswer) else WebAnswer(200, answer.encode(), "text/xml")

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was told at that path, in order of arrival."""
        return [request.form for request in self.asked if urlsplit(request.url).path == path]
