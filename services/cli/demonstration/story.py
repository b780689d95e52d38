"""The contacts of the demonstration: who makes contact, how, and about what. The plan decides what becomes of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer who makes contact. `to` is a page or a mailbox; `topic` as the pages offer it."""

    channel: str
    to: str
    caller: str
    name: str
    message: str
    topic: str = ""
    language: str = ""


VISITS = (
    Visit("web_form", "acme-contact", "ivy@customer.example", "Ivy Moss", "Do you ship gaskets to Norway?"),
    Visit("web_chat", "acme-chat", "sam@customer.example", "Sam Lane", "Which belt fits the T-200?"),
    Visit("email", "support@acme.example", "kim@customer.example", "Kim Roe", "My pump arrived without screws."),
    # The same customer reaches other queues by topic, by language, by mailbox.
    Visit("web_form", "acme-contact", "ivy@customer.example", "Ivy Moss", "Please refund order 4711.", topic="refund"),
    Visit("web_chat", "acme-chat", "ivy@customer.example", "Ivy Moss", "Passt der Riemen?", language="de"),
    Visit("email", "billing@acme.example", "ivy@customer.example", "Ivy Moss", "Invoice 99 names the wrong address."),
    # Who calls: a list, one caller, everybody of a domain, everybody whose number begins so.
    Visit("web_chat", "acme-chat", "vera@customer.example", "Vera Stone", "I need the usual, quickly."),
    Visit("email", "support@acme.example", "audit@ledger.example", "Lee Ledger", "Confirm the balance of March."),
    Visit("web_form", "acme-contact", "buyer@wholesale.example", "Max Bulk", "Quote 400 bearings."),
    Visit("web_form", "acme-contact", "+49 30 1234567", "Jan Ernst", "Bitte rufen Sie nicht an."),
    # What is chosen on the page, as on a phone's menu.
    Visit("web_form", "acme-contact", "pat@customer.example", "Pat Hill", "Invoice 12 again?", "menu/billing/invoice"),
    Visit("email", "hilfe@acme.example", "uwe@customer.example", "Uwe Ott", "Wo bleibt meine Lieferung?"),
    Visit("web_chat", "globex-chat", "ola@customer.example", "Ola Berg", "Two of us to Lisbon.", "menu/trips/new"),
    Visit("email", "bookings@globex.example", "ola@customer.example", "Ola Berg", "Move my flight to Friday."),
    Visit("web_form", "globex-contact", "eva@customer.example", "Eva Klein", "Gibt es Zugreisen?", language="de"),
    Visit("web_chat", "globex-chat", "tom@customer.example", "Tom Reed", "The ferry is gone!", "stranded"),
    Visit("email", "hello@globex.example", "ann@customer.example", "Ann Poe", "Do you do cruises?"),
)

# Who comes to the seat that is left free, one after the other.
TOURS = (
    Visit("web_chat", "acme-chat", "robin@visitor.example", "Robin Field", "Hello, is anybody there?", topic="tour"),
    Visit("web_chat", "acme-chat", "mina@visitor.example", "Mina Ray", "Does the T-200 come in green?", topic="tour"),
    Visit("web_chat", "acme-chat", "otto@visitor.example", "Otto Lind", "Do you deliver to Oslo?", topic="tour"),
    Visit("web_chat", "acme-chat", "shirin@visitor.example", "شیرین", "سلام، آیا این قطعه موجود است؟", topic="tour"),
)
THANKS = "Thank you, that is all I wanted to know. Goodbye!"

ANSWERS = {
    "": "Thank you for asking. I have looked into it and it is done.",
    "de": "Danke für Ihre Nachricht. Ich habe mich darum gekümmert.",
}


def answer_in(language: str) -> str:
    """What a simulated agent answers."""
    return ANSWERS.get(language.split("-", maxsplit=1)[0], ANSWERS[""])
