"""The addresses of a plan file as people write them: where customers reach a company."""

import re

from services.plan.compiled import Channel
from services.plan.fields import Caller, Id, Language, Part, refuse

NUMBER = re.compile(r"\+?[0-9]{3,15}")
PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MAILBOX = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
NUMBERED = (Channel.VOICE, Channel.SMS, Channel.FAX, Channel.CALLBACK)
PAGES = (Channel.WEB_CHAT, Channel.WEB_FORM)


class AddressPart(Part):
    """Where customers reach a company."""

    channel: Channel
    """The medium."""
    address: Caller
    """A number for voice, sms, fax and callback; a mailbox for email; the id of a page for web_chat and web_form."""
    language: Language = ""
    """Of those who use it."""
    menu: Id = ""
    """Only of voice: what callers hear first."""
    hours: Id = ""
    """Only of callback: when customers can be called back."""


def fits_its_channel(part: AddressPart) -> AddressPart:
    """Refuse an address that its channel can't have."""
    if part.channel is Channel.VOICEMAIL:
        refuse("is of voicemail, which comes by the numbers of voice", "give the number an address of voice")
    if part.channel in NUMBERED and NUMBER.fullmatch(part.address) is None:
        refuse("is not a number", "write it as it is dialled from abroad: +49 89 …")
    if part.channel is Channel.CALLBACK and not part.address.startswith("+"):
        refuse("is not a number that customers can be called from", "write it as it is dialled from abroad: +49 89 …")
    if part.channel in PAGES and PAGE.fullmatch(part.address) is None:
        refuse("is not the id of a page", "use up to 64 letters, digits, - and _: it becomes part of a web address")
    if part.channel is Channel.EMAIL and MAILBOX.fullmatch(part.address) is None:
        refuse("is not a mail address", "write somebody@example.com")
    if part.menu and part.channel is not Channel.VOICE:
        refuse("has a menu, but no callers to hear it", "only addresses of voice have a menu: take it out")
    if part.hours and part.channel is not Channel.CALLBACK:
        refuse("has hours, but nobody is called back from it", "only addresses of callback have hours: take them out")
    return part
