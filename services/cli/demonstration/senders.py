"""Customers who send paper: a fax server and a scanner put their pages into the watched folder."""

import asyncio
import json
import secrets
from hashlib import sha256
from pathlib import Path

from services.cli.demonstration import paper
from services.cli.demonstration.people import TENANT
from services.cli.demonstration.story import Visit
from services.cli.demonstration.told import Served
from services.ingest.documents.arrival import Whose, contact_id
from services.ingest.documents.folder import Place
from services.plan.compiled import Channel


class Senders:
    """Knows the folder."""

    def __init__(self, folder: Path, ids_key: bytes) -> None:
        self._folder = folder
        self._ids_key = ids_key

    async def fax(self, visit: Visit) -> Served:
        """As a fax server does."""
        raw = await asyncio.to_thread(paper.fax, visit.name, visit.message)
        return await self._put(Channel.FAX, visit, f"{secrets.token_hex(4)}.tif", raw)

    async def letter(self, visit: Visit) -> Served:
        """As a scanner does."""
        raw = await asyncio.to_thread(paper.letter, visit.name, visit.message)
        return await self._put(Channel.LETTER, visit, f"{secrets.token_hex(4)}.pdf", raw)

    async def _put(self, channel: Channel, visit: Visit, name: str, raw: bytes) -> Served:
        await asyncio.to_thread(self._lay_down, self._folder / channel.value / visit.to, name, raw, visit.caller)
        whose = Whose(TENANT, "", visit.to, "")
        place = Place(channel, visit.to, name)
        return Served(contact_id(self._ids_key, whose, place, sha256(raw).hexdigest()), None)

    def _lay_down(self, folder: Path, name: str, raw: bytes, sender: str) -> None:
        """The slip first, then the document under its last name: whole from the moment it has it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({"sender": sender, "complete": True}))
        (folder / f".{name}").write_bytes(raw)
        (folder / f".{name}").rename(folder / name)
