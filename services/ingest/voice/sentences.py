"""What callers hear from us beside the plan's prompts: a few short sentences in each language that we have."""

from dataclasses import dataclass

MINUTE_MS = 60_000
MINUTES_MAX = 60


@dataclass(frozen=True, slots=True)
class Sentences:
    """`position` has a place for {number}, `minutes` for {minutes}."""

    no_such_key: str
    no_key: str
    closed: str
    not_in_service: str
    queued: str
    position: str
    next_in_line: str
    soon: str
    minutes: str
    hour: str
    connecting: str
    not_answered: str
    on_hold: str
    leave_message: str
    not_possible: str
    # What may be chosen, with the key for it, and what is promised then.
    call_back: str
    called_back: str


ENGLISH = Sentences(
    no_such_key="That was none of the choices.",
    no_key="We did not hear a choice.",
    closed="We are closed at the moment. Please call again later.",
    not_in_service="This number is not in service.",
    queued="Please hold the line. The next free agent will take your call.",
    position="You are number {number} in the queue.",
    next_in_line="You are next.",
    soon="We expect to take your call in less than a minute.",
    minutes="We expect to take your call in about {minutes} minutes.",
    hour="We expect that it will take more than an hour.",
    connecting="You are being connected.",
    not_answered="The agent could not be reached. Please hold the line.",
    on_hold="Please hold the line. We are speaking with a colleague.",
    leave_message="Please leave a message after the tone. Press # when you have finished.",
    not_possible="We cannot take your call now. Please call again later.",
    call_back="If you would rather be called back on the number that you are calling from, press 1. "
    "You keep your place in the queue.",
    called_back="Thank you. We will call you back on this number when it is your turn. Goodbye.",
)

SENTENCES: dict[str, Sentences] = {
    "en": ENGLISH,
    "de": Sentences(
        no_such_key="Diese Auswahl gibt es nicht.",
        no_key="Wir haben keine Auswahl gehört.",
        closed="Wir haben im Moment geschlossen. Bitte rufen Sie später noch einmal an.",
        not_in_service="Diese Nummer ist nicht vergeben.",
        queued="Bitte bleiben Sie am Apparat. Der nächste freie Platz ist für Sie.",
        position="Sie sind Nummer {number} in der Warteschlange.",
        next_in_line="Sie sind als Nächstes an der Reihe.",
        soon="Wir erwarten, Ihren Anruf in weniger als einer Minute anzunehmen.",
        minutes="Wir erwarten, Ihren Anruf in etwa {minutes} Minuten anzunehmen.",
        hour="Es wird voraussichtlich länger als eine Stunde dauern.",
        connecting="Sie werden verbunden.",
        not_answered="Der Platz hat sich nicht gemeldet. Bitte bleiben Sie am Apparat.",
        on_hold="Bitte bleiben Sie am Apparat. Wir sprechen mit einem Kollegen.",
        leave_message="Bitte hinterlassen Sie nach dem Ton eine Nachricht. Beenden Sie sie mit der Rautetaste.",
        not_possible="Wir können Ihren Anruf jetzt nicht annehmen. Bitte rufen Sie später noch einmal an.",
        call_back="Wenn wir Sie lieber unter der Nummer zurückrufen sollen, von der Sie anrufen, drücken Sie die 1. "
        "Sie behalten Ihren Platz in der Warteschlange.",
        called_back="Vielen Dank. "
        "Wir rufen Sie unter dieser Nummer zurück, sobald Sie an der Reihe sind. Auf Wiederhören.",
    ),
    "hi": Sentences(
        no_such_key="यह विकल्प उपलब्ध नहीं है।",
        no_key="हमें कोई विकल्प नहीं मिला।",
        closed="हम अभी बंद हैं। कृपया बाद में फिर से कॉल करें।",
        not_in_service="यह नंबर सेवा में नहीं है।",
        queued="कृपया लाइन पर बने रहें। अगला खाली एजेंट आपकी कॉल लेगा।",
        position="कतार में आपका नंबर {number} है।",
        next_in_line="अगली बारी आपकी है।",
        soon="हमें उम्मीद है कि एक मिनट से कम समय में आपकी कॉल ली जाएगी।",
        minutes="हमें उम्मीद है कि लगभग {minutes} मिनट में आपकी कॉल ली जाएगी।",
        hour="हमें लगता है कि एक घंटे से अधिक समय लगेगा।",
        connecting="आपकी कॉल जोड़ी जा रही है।",
        not_answered="एजेंट से संपर्क नहीं हो सका। कृपया लाइन पर बने रहें।",
        on_hold="कृपया लाइन पर बने रहें। हम एक सहकर्मी से बात कर रहे हैं।",
        leave_message="कृपया टोन के बाद अपना संदेश छोड़ें। पूरा होने पर # दबाएँ।",
        not_possible="हम अभी आपकी कॉल नहीं ले सकते। कृपया बाद में फिर से कॉल करें।",
        call_back="यदि आप चाहते हैं कि हम आपको इसी नंबर पर वापस कॉल करें, तो 1 दबाएँ। कतार में आपका स्थान बना रहेगा।",
        called_back="धन्यवाद। आपकी बारी आने पर हम आपको इसी नंबर पर कॉल करेंगे। नमस्ते।",
    ),
    "ko": Sentences(
        no_such_key="없는 번호를 누르셨습니다.",
        no_key="선택하신 번호가 없습니다.",
        closed="지금은 상담 시간이 아닙니다. 나중에 다시 전화해 주세요.",
        not_in_service="사용하지 않는 번호입니다.",
        queued="잠시만 기다려 주세요. 다음 상담원이 전화를 받겠습니다.",
        position="대기 순서는 {number}번째입니다.",
        next_in_line="다음 순서입니다.",
        soon="1분 이내에 연결될 것으로 예상됩니다.",
        minutes="약 {minutes}분 후에 연결될 것으로 예상됩니다.",
        hour="한 시간 이상 걸릴 것으로 예상됩니다.",
        connecting="연결 중입니다.",
        not_answered="상담원과 연결되지 않았습니다. 잠시만 기다려 주세요.",
        on_hold="잠시만 기다려 주세요. 담당자와 상의하고 있습니다.",
        leave_message="삐 소리 후 메시지를 남겨 주세요. 끝나면 우물정자를 눌러 주세요.",
        not_possible="지금은 전화를 받을 수 없습니다. 나중에 다시 전화해 주세요.",
        call_back="지금 거신 번호로 저희가 다시 전화드리기를 원하시면 1번을 눌러 주세요. "
        "대기 순서는 그대로 유지됩니다.",
        called_back="감사합니다. 순서가 되면 이 번호로 전화드리겠습니다. 안녕히 계세요.",
    ),
    "tl": Sentences(
        no_such_key="Wala sa mga pagpipilian ang pinindot ninyo.",
        no_key="Wala kaming narinig na pagpipilian.",
        closed="Sarado po kami sa ngayon. Tumawag po ulit kayo mamaya.",
        not_in_service="Hindi po ginagamit ang numerong ito.",
        queued="Manatili po sa linya. Sasagutin kayo ng susunod na bakanteng ahente.",
        position="Pang-{number} po kayo sa pila.",
        next_in_line="Kayo na po ang susunod.",
        soon="Inaasahan naming masasagot kayo sa loob ng wala pang isang minuto.",
        minutes="Inaasahan naming masasagot kayo sa loob ng mga {minutes} minuto.",
        hour="Inaasahan naming aabutin ito nang mahigit isang oras.",
        connecting="Ikinokonekta na po kayo.",
        not_answered="Hindi po nakontak ang ahente. Manatili po sa linya.",
        on_hold="Manatili po sa linya. Kausap po namin ang isang kasamahan.",
        leave_message="Mag-iwan po ng mensahe pagkatapos ng tono. Pindutin ang # kapag tapos na kayo.",
        not_possible="Hindi po namin masasagot ang tawag ninyo ngayon. Tumawag po ulit kayo mamaya.",
        call_back="Kung gusto ninyong kami na lang ang tumawag sa numerong ginagamit ninyo, pindutin ang 1. "
        "Hindi mawawala ang puwesto ninyo sa pila.",
        called_back="Salamat po. Tatawagan namin kayo sa numerong ito kapag kayo na ang susunod. Paalam po.",
    ),
    "fa": Sentences(
        no_such_key="این گزینه وجود ندارد.",
        no_key="گزینه‌ای شنیده نشد.",
        closed="اکنون تعطیل هستیم. لطفاً بعداً دوباره تماس بگیرید.",
        not_in_service="این شماره در سرویس نیست.",
        queued="لطفاً پشت خط بمانید. اولین کارشناس آزاد پاسخ شما را خواهد داد.",
        position="شما نفر {number} در صف هستید.",
        next_in_line="نوبت بعدی شماست.",
        soon="انتظار می‌رود کمتر از یک دقیقهٔ دیگر پاسخ داده شود.",
        minutes="انتظار می‌رود حدود {minutes} دقیقهٔ دیگر پاسخ داده شود.",
        hour="انتظار می‌رود بیش از یک ساعت طول بکشد.",
        connecting="در حال اتصال هستید.",
        not_answered="کارشناس پاسخ نداد. لطفاً پشت خط بمانید.",
        on_hold="لطفاً پشت خط بمانید. در حال گفتگو با همکارمان هستیم.",
        leave_message="لطفاً پس از شنیدن بوق پیام بگذارید. در پایان کلید مربع را فشار دهید.",
        not_possible="اکنون نمی‌توانیم پاسخ دهیم. لطفاً بعداً دوباره تماس بگیرید.",
        call_back="اگر ترجیح می‌دهید ما با همین شماره با شما تماس بگیریم، کلید یک را فشار دهید. "
        "نوبت شما در صف محفوظ می‌ماند.",
        called_back="متشکریم. هنگامی که نوبت شما شد با همین شماره با شما تماس می‌گیریم. خدانگهدار.",
    ),
}
SAME_AS = {"fil": "tl"}


def spoken_language(language: str) -> str:
    """The BCP 47 tag in which our own sentences are said to whoever speaks this one: English where we have none."""
    return language if _key(language) in SENTENCES else "en"


def sentences_in(language: str) -> Sentences:
    """Our sentences for a BCP 47 tag, English where there are none."""
    return SENTENCES.get(_key(language), ENGLISH)


def wait_sentence(said: Sentences, wait_ms: int) -> str:
    """The expected wait in whole minutes, rounded up."""
    minutes = -(-wait_ms // MINUTE_MS)
    if minutes <= 1:
        return said.soon
    return said.hour if minutes > MINUTES_MAX else said.minutes.format(minutes=minutes)


def _key(language: str) -> str:
    primary = language.lower().partition("-")[0]
    return SAME_AS.get(primary, primary)
