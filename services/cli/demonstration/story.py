"""The contacts of the demonstration: who makes contact, how, and about what. The plan decides what becomes of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer who makes contact. `to` is a page, a mailbox, a number or a post box; `topic` as the pages offer it.

    `keys` are pressed in the menus of a phone, one for each. What is written on paper, said or typed is the message.
    """

    channel: str
    to: str
    caller: str
    name: str
    message: str
    topic: str = ""
    language: str = ""
    keys: str = ""


VISITS = (
    Visit("web_form", "acme-contact", "ivy@customer.example", "Ivy Moss", "Do you ship gaskets to Norway?"),
    Visit("web_chat", "acme-chat", "sam@customer.example", "Sam Lane", "Which belt fits the T-200?"),
    Visit("email", "support@acme.example", "kim@customer.example", "Kim Roe", "My pump arrived without screws."),
    Visit("voice", "+442079460100", "+442079460501", "Nia Wells", "Where is my order?", keys="2"),
    Visit("sms", "+442079460100", "+442079460502", "Lou Hart", "Is the T-200 in stock?"),
    Visit("fax", "+442079460130", "+442079460503", "Hart & Sons", "Please send us your price list."),
    Visit("letter", "acme-post", "", "Ada Post", "I return the belt that you sent me."),
    Visit("callback", "+442079460150", "+442079460504", "Roy Bell", "Please call me about my order."),
    # The same customer reaches other queues by topic, by language, by mailbox.
    Visit("web_form", "acme-contact", "ivy@customer.example", "Ivy Moss", "Please refund order 4711.", topic="refund"),
    Visit("web_chat", "acme-chat", "ivy@customer.example", "Ivy Moss", "Passt der Riemen?", language="de"),
    Visit("email", "billing@acme.example", "ivy@customer.example", "Ivy Moss", "Invoice 99 names the wrong address."),
    # The same caller by what they press, and by the number they dial.
    Visit("voice", "+442079460100", "+442079460501", "Nia Wells", "Invoice 12 came twice.", keys="11"),
    Visit("voice", "+442079460110", "+442079460501", "Nia Wells", "One more thing about my invoice."),
    # Who calls: a list, one caller, everybody of a domain, everybody from a country.
    Visit("web_chat", "acme-chat", "vera@customer.example", "Vera Stone", "I need the usual, quickly."),
    Visit("voice", "+442079460100", "+442079460777", "Vera Stone", "It is me again.", keys="0"),
    Visit("email", "support@acme.example", "audit@ledger.example", "Lee Ledger", "Confirm the balance of March."),
    Visit("web_form", "acme-contact", "buyer@wholesale.example", "Max Bulk", "Quote 400 bearings."),
    Visit("web_form", "acme-contact", "+49 30 1234567", "Jan Ernst", "Bitte rufen Sie nicht an."),
    # What is chosen on the page, as on a phone's menu.
    Visit("web_form", "acme-contact", "pat@customer.example", "Pat Hill", "Invoice 12 again?", "menu/billing/invoice"),
    # In which language, by mailbox, page, number, or what is pressed.
    Visit("email", "hilfe@acme.example", "uwe@customer.example", "Uwe Ott", "Wo bleibt meine Lieferung?"),
    Visit("email", "komak@acme.example", "shirin@customer.example", "شیرین", "سفارش من هنوز نرسیده است."),
    Visit("web_form", "acme-munui", "minji@customer.example", "김민지", "주문을 취소하고 싶습니다."),
    Visit("sms", "+442079460104", "+442079460505", "Asha", "मेरा ऑर्डर कहाँ है?"),
    Visit("voice", "+442079460100", "+442079460506", "Jun", "Nasaan na po ang order ko?", keys="6"),
    # The other company.
    Visit("web_chat", "globex-chat", "ola@customer.example", "Ola Berg", "Two of us to Lisbon.", "menu/trips/new"),
    Visit("voice", "+442079460200", "+442079460507", "Ola Berg", "Two of us to Porto.", keys="11"),
    Visit("email", "bookings@globex.example", "ola@customer.example", "Ola Berg", "Move my flight to Friday."),
    Visit("web_form", "globex-contact", "eva@customer.example", "Eva Klein", "Gibt es Zugreisen?", language="de"),
    Visit("web_chat", "globex-chat", "tom@customer.example", "Tom Reed", "The ferry is gone!", "stranded"),
    Visit("sms", "+442079460200", "+442079460508", "Tom Reed", "Is there another ferry?"),
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
    "hi": "आपके संदेश के लिए धन्यवाद। मैंने इसे देख लिया है और काम हो गया है।",
    "ko": "문의해 주셔서 감사합니다. 확인하여 처리해 드렸습니다.",
    "tl": "Salamat sa pagtatanong. Tiningnan ko na ito at ayos na.",
    "fa": "از پیام شما سپاسگزارم. بررسی کردم و انجام شد.",
}
# What an agent can't answer in writing, nor by phone, ends with what became of it.
WITHOUT_ANSWER = ("web_form", "fax", "letter")
# What needs a carrier.
BY_PHONE = ("voice", "sms", "callback")
# What needs a folder to put it into.
ON_PAPER = ("fax", "letter")


def answer_in(language: str) -> str:
    """What a simulated agent answers."""
    return ANSWERS.get(language.split("-", maxsplit=1)[0], ANSWERS[""])
