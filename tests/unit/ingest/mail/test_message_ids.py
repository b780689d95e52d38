import pytest

from services.ingest.mail.message_ids import contact_of, made
from services.ingest.mail.message_scan import message_id, sender_name

CONTACT = "0123456789abcdef" * 2


def test_an_id_of_ours_names_its_contact_to_its_company_alone() -> None:
    ours = made(b"key", "acme", "pumps", CONTACT, "out-1", "pumps.test")
    assert contact_of(b"key", "acme", "pumps", ours) == CONTACT
    assert contact_of(b"key", "acme", "fans", ours) == ""
    assert contact_of(b"key", "zeta", "pumps", ours) == ""
    assert contact_of(b"other key", "acme", "pumps", ours) == ""


def test_each_attempt_to_send_has_the_same_id_and_each_mail_its_own() -> None:
    first = made(b"key", "acme", "pumps", CONTACT, "out-1", "pumps.test")
    assert made(b"key", "acme", "pumps", CONTACT, "out-1", "pumps.test") == first
    assert made(b"key", "acme", "pumps", CONTACT, "out-2", "pumps.test") != first


@pytest.mark.parametrize("at", range(1, 83, 3))
def test_an_id_changed_anywhere_names_nothing(at: int) -> None:
    ours = made(b"key", "acme", "pumps", CONTACT, "out-1", "pumps.test")
    changed = ours[:at] + ("0" if ours[at] != "0" else "1") + ours[at + 1 :]
    assert contact_of(b"key", "acme", "pumps", changed) == ""


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Message-ID: <1@b.c>\r\n\r\n", b"<1@b.c>"),
        (b"Subject: x\r\nMESSAGE-id:<1@b.c>\r\n\r\n", b"<1@b.c>"),
        (b"Message-ID:\r\n <1@b.c>\r\n\r\n", b"<1@b.c>"),
        (b"Subject: x\r\n\r\nMessage-ID: <1@b.c>\r\n", b""),
        (b"Subject: x\n\nMessage-ID: <1@b.c>\n", b""),
        (b"Message-ID: none\r\n\r\n", b""),
        (b"X: " + b"y" * 70_000 + b"\r\nMessage-ID: <1@b.c>\r\n\r\n", b""),
        (b"", b""),
    ],
)
def test_the_message_id_is_found_in_the_header_alone(raw: bytes, found: bytes) -> None:
    assert message_id(raw) == found


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'From: "Ann Lee" <a@b.c>\r\n\r\n', "Ann Lee"),
        (b"From: =?utf-8?Q?=C3=84nne?= <a@b.c>\r\n\r\n", "Änne"),
        ("From: Änne <a@b.c>\r\n\r\n".encode(), "Änne"),
        (b"From: a@b.c\r\n\r\n", ""),
        (b"Subject: x\r\n\r\n", ""),
        (b"From: " + b"(" * 900 + b"<\r\n\r\n", "(" * 150),
    ],
)
def test_the_sender_is_called_what_the_header_says(raw: bytes, name: str) -> None:
    assert sender_name(raw) == name
