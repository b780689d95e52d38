"""Telephones that calls are put through to: a number, or an address of a SIP telephone."""

import re

from services.plan.caller import normalise_caller

SIP_SCHEMES = ("sip:", "sips:")
# RFC 3261, section 19.1.1, without passwords, parameters and headers.
SIP = re.compile(
    r"sips?:[A-Za-z0-9\-_.!~*'()&=+$,]{1,64}@"
    r"(?=.{1,253}(?::|$))[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*(?::[0-9]{1,5})?"
)


E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def telephone(text: str) -> str:
    """A number in E.164 or a SIP address in its own form; "" for none. Raises ValueError that says what to do."""
    written = text.strip()
    if not written:
        return ""
    if not written.lower().startswith(SIP_SCHEMES):
        return _number(written)
    if not SIP.fullmatch(written.lower()[:4] + written[4:]):
        raise ValueError("is no SIP address; write it as sip:ana@phones.example")
    user, _, host = written.partition("@")
    return f"{user.partition(':')[0].lower()}:{user.partition(':')[2]}@{host.lower()}"


def _number(written: str) -> str:
    number = normalise_caller(written)
    if not E164.fullmatch(number):
        raise ValueError("is no telephone number with its country; write it as +49 30 1234567, or a sip: address")
    return number
