"""What a file that came with a short message is, by its first bytes and by nothing that anybody says of it."""

OTHER = "application/octet-stream"
# https://www.twilio.com/docs/messaging/guides/accepted-mime-types, as far as the first bytes tell.
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"GIF8", "image/gif", ".gif"),
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"#!AMR", "audio/amr", ".amr"),
    (b"OggS", "audio/ogg", ".ogg"),
    (b"ID3", "audio/mpeg", ".mp3"),
    (b"BEGIN:VCARD", "text/vcard", ".vcf"),
    (b"BEGIN:VCALENDAR", "text/calendar", ".ics"),
)
# Behind a length or a size.
_INSIDE = (
    (4, b"ftyp3gp", "video/3gpp", ".3gp"),
    (4, b"ftyp", "video/mp4", ".mp4"),
    (8, b"WEBP", "image/webp", ".webp"),
)
_SUFFIXES = {media_type: suffix for *_, media_type, suffix in (*_BEGINNINGS, *_INSIDE)}


def media_type_of(content: bytes) -> str:
    """The media type; application/octet-stream where it is none of the above."""
    for beginning, media_type, _ in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    return next((kind for at, mark, kind, _ in _INSIDE if content.startswith(mark, at)), OTHER)


def suffix_of(media_type: str) -> str:
    """What a name of such a file ends in; "" where nobody knows."""
    return _SUFFIXES.get(media_type, "")
