"""How much a mail may be before it counts as an attack. All of it is checked in the worker process."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class MailLimits:
    """What is beyond a limit of the first group makes a mail unreadable; the second group is cut to size."""

    raw_bytes: int = 25 * MIB
    lines: int = 500_000
    header_lines: int = 1000
    header_bytes: int = 256 * KIB
    content_header_bytes: int = 8 * KIB
    parts: int = 200
    depth: int = 20

    attachments: int = 50
    text_characters: int = MIB
    html_characters: int = 256 * KIB
    html_depth: int = 200
    subject_characters: int = 500
    name_characters: int = 150
    references: int = 50


LIMITS = MailLimits()
