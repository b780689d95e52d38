"""What reporting says of the demonstration's contacts, and of the seat that is left free."""

import asyncio
from typing import Any

import httpx2

from services.cli.demonstration.persistence import AT_ONCE, Persistence
from services.cli.demonstration.story import WITHOUT_ANSWER, Visit
from services.cli.demonstration.told import Served, Told

POLL_S = 0.1
ENDED = "ended"


class Floor:
    """Reads reporting with an administrator's token."""

    def __init__(
        self, reporting_url: str, http: httpx2.AsyncClient, token: str, persistence: Persistence = AT_ONCE
    ) -> None:
        self._url = reporting_url
        self._persistence = persistence
        self._http = http
        self.token = token

    async def told(self, visit: Visit, served: Served) -> Told:
        """Wait until the contact has ended, and tell its story."""
        timeline = await self._ended((served.contact_id, *served.earlier))
        contact, entries = timeline["contact"], timeline["entries"]
        accepted, ended = _last(entries, "accepted"), _last(entries, "ended")
        return Told(
            channel=contact["channel"],
            contact_id=contact["contact_id"],
            company=contact["company"],
            caller=visit.caller,
            dialed=contact["dialed"],
            ivr_path=contact["ivr_path"],
            language=contact["language"],
            queue=contact["queue"],
            agent=accepted.get("agent", ""),
            reason=_last(entries, "offered").get("reason", ""),
            answer=(ended.get("disposition", "") if visit.channel in WITHOUT_ANSWER else served.answer) or "",
            outcome=ended.get("outcome", ""),
            waited_ms=contact["waited_ms"],
        )

    async def is_free(self, agent: str) -> bool:
        """Whether the agent is on duty with an empty desk."""
        agents = (await self._get("/v1/live"))["agents"]
        mine = [each for each in agents if each["agent"] == agent]
        return any(each["presence"] == "available" and each["attached"] and not _busy(each) for each in mine)

    async def until_free(self, agent: str, poll_s: float = POLL_S) -> None:
        """Wait for that."""
        while True:
            if await self.is_free(agent):
                return
            await asyncio.sleep(poll_s)

    async def _ended(self, contact_ids: tuple[str, ...]) -> dict[str, Any]:
        while True:
            for contact_id in contact_ids:
                timeline = await self._get(f"/v1/contacts/{contact_id}/timeline")
                if timeline.get("contact", {}).get("stage") == ENDED:
                    return timeline
            await asyncio.sleep(POLL_S)

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._persistence.keep_trying(lambda: self._ask(path))

    async def _ask(self, path: str) -> dict[str, Any]:
        response = await self._http.get(self._url + path, headers={"Authorization": f"Bearer {self.token}"})
        if response.status_code == 404:
            return {}
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


def _busy(agent: dict[str, Any]) -> bool:
    return bool(agent["offered"] or agent["active"] or agent["wrap_up"])


def _last(entries: list[dict[str, Any]], what: str) -> dict[str, Any]:
    found = [entry for entry in entries if entry["what"] == what]
    return found[-1] if found else {}
