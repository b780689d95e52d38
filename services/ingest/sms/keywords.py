"""The words by which a customer stops messages, takes them up again, or asks who writes: alone in a message, no more.

Stop: what Twilio and the carriers of the USA publish, and the French word that Canada asks for. No carrier publishes
such words in German, Hindi, Korean, Tagalog or Persian, so none are made up here: the English ones hold everywhere, and
what a customer is answered with tells them in the number's own language.
https://help.twilio.com/articles/223134027, https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

import re
from enum import StrEnum
from unicodedata import normalize

_MARKS_AROUND = re.compile(r"\A\W+|\W+\Z")


class Keyword(StrEnum):
    """What such a message means; the values are those of Twilio's field OptOutType."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


# START is not all that Twilio takes: "yes" is an answer to an agent's question far more often.
_MEANING = {
    **dict.fromkeys(
        ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "arret", "arrêt"), Keyword.STOP
    ),
    **dict.fromkeys(("start", "unstop"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}


def keyword_in(text: str) -> Keyword | None:
    """The keyword that the whole message is, in whatever case and with whatever marks around it."""
    return _MEANING.get(_MARKS_AROUND.sub("", normalize("NFC", text)).casefold())
