"""The script that HylaFAX calls, called as HylaFAX does it: in its spool, by the arguments of faxrcvd(8)."""

import asyncio
import json
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.plan.compiled import Attribute
from tests.fakes.document_house import FAX, DocumentHouse
from tests.fakes.documents import a_fax
from tests.house_rules import ROOT

HOOK = ROOT / "deploy" / "hylafax" / "faxrcvd-switchroom"
QFILE = "recvq/fax000000007.tif"


@dataclass
class Spool:
    """HylaFAX's spooling area with one fax in it."""

    path: Path
    house: DocumentHouse

    def configure(self, **settings: str) -> None:
        lines = {"DOCUMENTS": str(self.house.root), "MODEMS": f"ttyS0={FAX}"} | settings
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in lines.items())
        (self.path / "etc" / "switchroom.conf").write_text(text)

    async def receive(self, *arguments: str, shell: str = "/bin/sh") -> tuple[int, str]:
        """The script's exit status, and what it complained of."""
        process = await asyncio.create_subprocess_exec(
            *(shell, str(HOOK), *arguments), cwd=self.path, stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await process.communicate()
        assert process.returncode is not None
        return process.returncode, complaint.decode()


@pytest.fixture
def spool(tmp_path: Path, house: DocumentHouse) -> Spool:
    for name in ("etc", "recvq"):
        (tmp_path / "spool" / name).mkdir(parents=True)
    (tmp_path / "spool" / QFILE).write_bytes(a_fax("one"))
    made = Spool(tmp_path / "spool", house)
    made.configure()
    return made


async def test_a_received_fax_is_a_contact_at_the_next_sweep_and_hylafax_keeps_its_own(
    spool: Spool, house: DocumentHouse
) -> None:
    assert await spool.receive(QFILE, "ttyS0", "000000042", "", "+49301234567", "ANN LEE", "") == (0, "")
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert (arrived.dialed, arrived.caller) == (FAX, "+49301234567")
    assert [one.name for one in arrived.attributes] == ["received_at"]
    assert arrived.message is not None
    assert arrived.message.subject == "000000042"
    assert await house.blobs.get(arrived.message.raw_blob) == a_fax("one")
    assert (spool.path / QFILE).exists()


async def test_the_script_is_executable_and_leaves_nothing_half_done(spool: Spool, house: DocumentHouse) -> None:
    assert HOOK.stat().st_mode & stat.S_IXUSR
    await spool.receive(QFILE, "ttyS0", "42", "")
    assert names_in(house.root / "fax" / FAX) == ["42-fax000000007.tif", "42-fax000000007.tif.json"]


async def test_a_call_that_broke_off_is_marked_as_incomplete(spool: Spool, house: DocumentHouse) -> None:
    assert await spool.receive(QFILE, "ttyS0", "42", "T.30 T2 timeout, expected page not received") == (0, "")
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert Attribute("incomplete", "yes") in arrived.attributes
    assert arrived.caller == ""


async def test_a_call_of_which_nothing_was_received_is_no_fax(spool: Spool, house: DocumentHouse) -> None:
    status, complaint = await spool.receive("recvq/none.tif", "ttyS0", "42", "No answer")
    assert (status, "nothing was received on ttyS0: No answer" in complaint) == (0, True)
    assert house.lying("fax") == []


async def test_the_line_tells_the_extension_that_was_dialled(spool: Spool, house: DocumentHouse) -> None:
    spool.configure(DIALED_CALLID="3", DIALED_PREFIX="0891", COUNTRY="49")
    assert await spool.receive(QFILE, "ttyS9", "42", "", "0301234567", "ANN", "23") == (0, "")
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert (arrived.dialed, arrived.caller) == (FAX, "+49301234567")


@pytest.mark.parametrize(
    ("told", "sender"),
    [
        ("0049301234567", "+49301234567"),
        ("+15105261212", "+15105261212"),
        ("", ""),
        ("anonymous", "anonymous"),
        ('"; rm -rf / #', "rm -rf"),
        ('a", "complete": "b', "a complete b"),
        ("$(touch evil)", "touch evil"),
        ("\x1b[31m\n\u202e", "31m"),
        ("9" * 500, "9" * 100),
        ("-n", "-n"),
        ("%s%d", "sd"),
        ("\\u0000", "u0000"),
    ],
)
async def test_whatever_a_modem_says_of_the_sender_stays_text(
    spool: Spool, house: DocumentHouse, told: str, sender: str
) -> None:
    spool.configure(COUNTRY="49")
    assert await spool.receive(QFILE, "ttyS0", "42", "", told) == (0, "")
    [slip] = (house.root / "fax").rglob("*.json")
    assert json.loads(slip.read_text())["sender"] == sender
    assert names_in(spool.path) == ["etc", "recvq"]
    await house.intake.sweep()
    assert len(await house.arrivals()) == 1


@pytest.mark.parametrize(
    ("settings", "arguments", "complaint"),
    [
        ({}, (QFILE, "ttyS0", "42"), "it takes qfile devid commid error-msg"),
        ({}, (), "it takes qfile"),
        ({"DOCUMENTS": ""}, (QFILE, "ttyS0", "42", ""), "does not set DOCUMENTS"),
        ({"DOCUMENTS": "/no/such/folder"}, (QFILE, "ttyS0", "42", ""), "no folder /no/such/folder"),
        ({}, (QFILE, "ttyS7", "42", ""), "nobody says which number was dialled on ttyS7"),
        ({"DIALED_CALLID": "nine"}, (QFILE, "ttyS7", "42", "", "1"), "nobody says which number"),
        ({"DIALED_CALLID": "1"}, (QFILE, "ttyS7", "42", "", "../../etc"), "nobody says which number"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_put_anywhere(
    spool: Spool, house: DocumentHouse, settings: dict[str, str], arguments: tuple[str, ...], complaint: str
) -> None:
    spool.configure(**settings)
    status, said = await spool.receive(*arguments)
    assert (status, complaint in said) == (2, True), said
    assert house.lying("fax") == []


async def test_without_a_configuration_it_says_where_one_is_described(spool: Spool) -> None:
    (spool.path / "etc" / "switchroom.conf").unlink()
    status, said = await spool.receive(QFILE, "ttyS0", "42", "")
    assert (status, "docs/channels.md" in said) == (2, True)


async def test_a_folder_that_cannot_be_written_is_an_error_that_leaves_nothing(
    spool: Spool, house: DocumentHouse
) -> None:
    (house.root / "fax" / FAX).write_bytes(b"a file where a folder should be")
    status, said = await spool.receive(QFILE, "ttyS0", "42", "")
    assert (status, "cannot be made" in said) == (1, True)
    assert house.lying("fax") == [FAX]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
