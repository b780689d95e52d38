"""The header of a mail as people and programs read it: decoded, cut to size, free of what could deceive."""

import re
from binascii import Error as BadBase64
from email.errors import HeaderParseError
from email.header import decode_header

from services.ingest.mail.charsets import decoded

VALUE_CHARACTERS_MAX = 4096
MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,500}>")
ADDRESS = re.compile(r'[^\s<>,;:"()\[\]\\\x00-\x1f\x7f@]{1,64}@[^\s<>,;:"()\[\]\\\x00-\x1f\x7f@]{1,190}')
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
COMMENT = re.compile(r"\([^()]*\)")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
# Line and page breaks of every kind, and marks that turn the direction of what is shown ("gpj.exe").
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
BODY_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def one_line(text: str, characters_max: int) -> str:
    """Text on one line without control characters, at most so long."""
    clean = text[: characters_max * 4].encode(errors="replace").decode()
    return " ".join(CONTROLS.sub(" ", clean).split())[:characters_max]


def body(text: str, characters_max: int) -> str:
    """Text of several lines, with newlines as the only breaks."""
    clean = text[: characters_max * 2].encode(errors="replace").decode()
    clean = clean.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return BODY_CONTROLS.sub("", clean)[:characters_max].strip("\n")


def words(value: str, characters_max: int) -> str:
    """A header's text with its encoded words decoded; what cannot be decoded stays as it is."""
    cut = value[:VALUE_CHARACTERS_MAX]
    try:
        pieces = decode_header(cut.encode("ascii", "surrogateescape").decode("ascii"))
    except UnicodeError:  # bytes that no encoded word covers: UTF-8, or what else they may be
        return one_line(decoded(cut.encode("utf-8", "surrogateescape"), "utf-8"), characters_max)
    except (HeaderParseError, BadBase64, ValueError):
        return one_line(cut, characters_max)
    return one_line("".join(_piece(piece, charset) for piece, charset in pieces), characters_max)


def _piece(piece: bytes | str, charset: str | None) -> str:
    return piece if isinstance(piece, str) else decoded(piece, charset or "ascii")


def address(value: str) -> str:
    """The first mail address in a header, or empty. What stands in quotes or parentheses is none, whatever it says."""
    bare = COMMENT.sub(" ", QUOTED.sub(" ", value[:VALUE_CHARACTERS_MAX]))
    _, bracket, inside = bare.partition("<")
    found = ADDRESS.match(inside.strip()) if bracket else None
    found = found or ADDRESS.search(bare)
    return found.group() if found and _encodable(found.group()) else ""


def display_name(value: str, characters_max: int) -> str:
    """How the sender of a From header calls himself, or empty."""
    before, bracket, _ = value[:VALUE_CHARACTERS_MAX].rpartition("<")
    if not bracket:
        return ""
    return words(before.strip().strip('"').replace('\\"', '"'), characters_max)


def message_ids(value: str, count_max: int) -> tuple[str, ...]:
    """The newest Message-IDs that a header lists, oldest first."""
    found = dict.fromkeys(one for one in MESSAGE_ID.findall(value) if _encodable(one))
    return tuple(found)[-count_max:]


def language(value: str) -> str:
    """The first language tag, lower case, or empty."""
    found = LANGUAGE.fullmatch(value.split(",", maxsplit=1)[0].strip())
    return found.group().lower() if found else ""


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
