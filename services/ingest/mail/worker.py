"""The process that parses mails."""

from services.ingest.mail.parsed_mail import to_frames
from services.ingest.mail.parser import parse
from services.ingest.workers.worker import run


def read(raw: bytes) -> list[bytes]:
    """The frames that say what a mail says. Raises Unreadable, and whatever the libraries raise."""
    return to_frames(parse(raw))


if __name__ == "__main__":
    run(read)
