"""What a keyword is answered with, in the language of the number that it was sent to."""

from collections.abc import Mapping
from types import MappingProxyType

from twilio.twiml.messaging_response import MessagingResponse

from services.ingest.addresses import Place
from services.ingest.sms.keywords import Keyword

ENGLISH: Mapping[Keyword, str] = MappingProxyType(
    {
        Keyword.STOP: "{company}: you will get no more messages from this number. To get them again, send START.",
        Keyword.START: "{company}: you will get messages from this number again. To stop them, send STOP.",
        Keyword.HELP: "{company}: people answer here. Write your question. To get no more messages, send STOP.",
    }
)
ANSWERS: Mapping[str, Mapping[Keyword, str]] = MappingProxyType(
    {
        "en": ENGLISH,
        "de": {
            Keyword.STOP: "{company}: Keine weiteren Nachrichten von dieser Nummer. Wieder anmelden: START senden.",
            Keyword.START: "{company}: Sie erhalten von dieser Nummer wieder Nachrichten. Beenden: STOP senden.",
            Keyword.HELP: "{company}: Hier antworten Menschen. Schreiben Sie Ihre Frage. Keine Nachrichten mehr: STOP.",
        },
        "hi": {
            Keyword.STOP: "{company}: इस नंबर से अब आपको कोई संदेश नहीं मिलेगा। फिर से पाने के लिए START भेजें।",
            Keyword.START: "{company}: इस नंबर से आपको फिर से संदेश मिलेंगे। बंद करने के लिए STOP भेजें।",
            Keyword.HELP: "{company}: यहाँ लोग जवाब देते हैं। अपना सवाल लिखें। संदेश बंद करने के लिए STOP भेजें।",
        },
        "ko": {
            Keyword.STOP: "{company}: 이 번호에서 더 이상 메시지를 보내지 않습니다. 다시 받으려면 START를 보내세요.",
            Keyword.START: "{company}: 이 번호에서 다시 메시지를 보내 드립니다. 그만 받으려면 STOP을 보내세요.",
            Keyword.HELP: "{company}: 상담원이 답해 드립니다. 질문을 적어 주세요. 그만 받으려면 STOP을 보내세요.",
        },
        "tl": {
            Keyword.STOP: "{company}: Wala ka nang matatanggap na mensahe mula rito. I-text ang START para bumalik.",
            Keyword.START: "{company}: Makakatanggap ka na muli ng mensahe mula rito. I-text ang STOP para itigil.",
            Keyword.HELP: "{company}: Tao ang sumasagot dito. Isulat ang iyong tanong. I-text ang STOP para itigil.",
        },
        "fa": {
            Keyword.STOP: "{company}: دیگر از این شماره پیامی دریافت نمی‌کنید. برای دریافت دوباره START را بفرستید.",
            Keyword.START: "{company}: دوباره از این شماره پیام دریافت می‌کنید. برای توقف STOP را بفرستید.",
            Keyword.HELP: "{company}: اینجا کارکنان ما پاسخ می‌دهند. پرسش خود را بنویسید. برای توقف STOP را بفرستید.",
        },
    }
)


def answer(keyword: Keyword, place: Place) -> str:
    """The sentence; in English where the number's language is none of the above."""
    words = ANSWERS.get(place.language.lower().partition("-")[0], ENGLISH)
    return words[keyword].format(company=place.company_name)


def saying(*texts: str) -> str:
    """The TwiML document that has the carrier send these texts back; without one it sends nothing."""
    response = MessagingResponse()
    for text in texts:
        response.message(text)
    return str(response)
