"""What customers read who write to us, beside the plan's own messages: a few short sentences in each language."""

from dataclasses import dataclass

MINUTE_MS = 60_000
MINUTES_MAX = 60


@dataclass(frozen=True, slots=True)
class Words:
    """`position` has a place for {number}, and so have `minutes`, `elsewhere` ({address}) and `subject` ({company})."""

    received: str
    position: str
    next_in_line: str
    soon: str
    minutes: str
    hour: str
    nobody: str
    elsewhere: str
    subject: str


ENGLISH = Words(
    received="We have received your message.",
    position="You are number {number} in line.",
    next_in_line="You are next.",
    soon="We expect to answer in less than a minute.",
    minutes="We expect to answer in about {minutes} minutes.",
    hour="We expect that it will take more than an hour.",
    nobody="Nobody can answer you at the moment. Please contact us again later.",
    elsewhere="Please turn to {address} with this.",
    subject="Your message to {company}",
)

WORDS: dict[str, Words] = {
    "en": ENGLISH,
    "de": Words(
        received="Wir haben Ihre Nachricht erhalten.",
        position="Sie sind Nummer {number} in der Warteschlange.",
        next_in_line="Sie sind als Nächstes an der Reihe.",
        soon="Wir erwarten, in weniger als einer Minute zu antworten.",
        minutes="Wir erwarten, in etwa {minutes} Minuten zu antworten.",
        hour="Es wird voraussichtlich länger als eine Stunde dauern.",
        nobody="Im Moment kann Ihnen niemand antworten. Bitte melden Sie sich später noch einmal.",
        elsewhere="Bitte wenden Sie sich damit an {address}.",
        subject="Ihre Nachricht an {company}",
    ),
    "hi": Words(
        received="हमें आपका संदेश मिल गया है।",
        position="कतार में आपका नंबर {number} है।",
        next_in_line="अगली बारी आपकी है।",
        soon="हमें उम्मीद है कि एक मिनट से कम समय में उत्तर दिया जाएगा।",
        minutes="हमें उम्मीद है कि लगभग {minutes} मिनट में उत्तर दिया जाएगा।",
        hour="हमें लगता है कि एक घंटे से अधिक समय लगेगा।",
        nobody="अभी कोई आपको उत्तर नहीं दे सकता। कृपया बाद में फिर से संपर्क करें।",
        elsewhere="कृपया इसके लिए {address} से संपर्क करें।",
        subject="{company} को आपका संदेश",
    ),
    "ko": Words(
        received="메시지를 받았습니다.",
        position="대기 순서는 {number}번째입니다.",
        next_in_line="다음 순서입니다.",
        soon="1분 이내에 답변드릴 것으로 예상됩니다.",
        minutes="약 {minutes}분 후에 답변드릴 것으로 예상됩니다.",
        hour="한 시간 이상 걸릴 것으로 예상됩니다.",
        nobody="지금은 답변드릴 수 있는 상담원이 없습니다. 나중에 다시 연락해 주세요.",
        elsewhere="이 문의는 {address}(으)로 연락해 주세요.",
        subject="{company}에 보내신 메시지",
    ),
    "tl": Words(
        received="Natanggap po namin ang mensahe ninyo.",
        position="Pang-{number} po kayo sa pila.",
        next_in_line="Kayo na po ang susunod.",
        soon="Inaasahan naming makakasagot sa loob ng wala pang isang minuto.",
        minutes="Inaasahan naming makakasagot sa loob ng mga {minutes} minuto.",
        hour="Inaasahan naming aabutin ito nang mahigit isang oras.",
        nobody="Wala po munang makakasagot sa inyo ngayon. Makipag-ugnayan po ulit kayo mamaya.",
        elsewhere="Makipag-ugnayan po kayo sa {address} tungkol dito.",
        subject="Ang mensahe ninyo sa {company}",
    ),
    "fa": Words(
        received="پیام شما به دست ما رسید.",
        position="شما نفر {number} در صف هستید.",
        next_in_line="نوبت بعدی شماست.",
        soon="انتظار می‌رود کمتر از یک دقیقهٔ دیگر پاسخ دهیم.",
        minutes="انتظار می‌رود حدود {minutes} دقیقهٔ دیگر پاسخ دهیم.",
        hour="انتظار می‌رود بیش از یک ساعت طول بکشد.",
        nobody="اکنون کسی نمی‌تواند پاسخ دهد. لطفاً بعداً دوباره با ما تماس بگیرید.",
        elsewhere="لطفاً در این باره با {address} تماس بگیرید.",
        subject="پیام شما به {company}",
    ),
}
SAME_AS = {"fil": "tl"}


def words_in(language: str) -> Words:
    """Our words for a BCP 47 tag, English where there are none."""
    primary = language.lower().partition("-")[0]
    return WORDS.get(SAME_AS.get(primary, primary), ENGLISH)


def outlook(words: Words, position: int, wait_ms: int) -> str:
    """The position, and the expected wait in whole minutes, rounded up; no wait where the router can't tell."""
    place = words.next_in_line if position == 1 else words.position.format(number=position)
    return " ".join([words.received, place, *([_wait(words, wait_ms)] if wait_ms else [])])


def _wait(words: Words, wait_ms: int) -> str:
    minutes = -(-wait_ms // MINUTE_MS)
    if minutes <= 1:
        return words.soon
    return words.hour if minutes > MINUTES_MAX else words.minutes.format(minutes=minutes)
