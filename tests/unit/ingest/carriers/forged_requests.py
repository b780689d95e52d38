"""Requests that are not Twilio's, or no longer what Twilio sent, each with one defect; and the status of the answer.

Whoever made them has seen a genuine request. Those that say "signed" carry a signature that fits, and are wrong all the
same.
"""

import hmac
import json
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha1, sha256
from urllib.parse import urlencode, urlsplit

from tests.fakes.twilio_requests import FORM, SID, TOKEN, TwilioRequest, signature, sms

EVIL = "evil.example"


@dataclass(frozen=True)
class Forged:
    """`url` is where the request goes; "" where its own goes."""

    request: TwilioRequest
    status: int = 403
    to: str = ""


Make = Callable[[str], Forged]


def genuine(url: str, **fields: str) -> TwilioRequest:
    return sms(f"{url}/sms", **fields)


def with_signature(change: Callable[[str], str]) -> Make:
    return lambda url: Forged(replace(genuine(url), signature=change(genuine(url).signed())))


def with_headers(status: int = 403, *, signed_for: str = "", **headers: str) -> Make:
    """Headers that talk of another address; the signature is for that one."""

    def make(url: str) -> Forged:
        request = genuine(url)
        seen = {name.replace("_", "-"): value for name, value in headers.items()}
        wrong = signature(signed_for or f"http://{EVIL}/twilio/sms", request.pairs)
        return Forged(replace(request, headers=seen, signature=wrong), status)

    return make


def altered(status: int = 403, **changes: str | None) -> Make:
    return lambda url: Forged(genuine(url).altered(**changes), status)


def with_body(change: Callable[[bytes], bytes], status: int = 403) -> Make:
    def make(url: str) -> Forged:
        request = genuine(url)
        return Forged(replace(request, body=change(urlencode(request.pairs).encode())), status)

    return make


def with_media_type(media_type: str, status: int = 415, **headers: str) -> Make:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda url: Forged(replace(genuine(url), headers={"content-type": media_type, **more}), status)


def signed(status: int, *more: tuple[str, str], **changes: str | None) -> Make:
    """Signed with our token as it is."""

    def make(url: str) -> Forged:
        request = genuine(url).altered(**changes)
        return Forged(replace(request, pairs=[*request.pairs, *more], signature=None), status)

    return make


def sent_to(change: Callable[[str], str], status: int = 403) -> Make:
    """A genuine request, sent to another address than the one that was signed."""
    return lambda url: Forged(genuine(url), status, change(f"{url}/sms"))


def signed_for(change: Callable[[str], str], status: int = 403) -> Make:
    """Signed for another address than the one that it is sent to."""
    return lambda url: Forged(replace(genuine(url), url=change(f"{url}/sms")), status, f"{url}/sms")


def other_scheme(url: str) -> str:
    return url.replace("https://", "http://") if url.startswith("https") else url.replace("http://", "https://")


def of_path(path: str) -> Callable[[str], str]:
    return lambda url: url.removesuffix("/twilio/sms") + path


def moved(**pieces: str) -> Make:
    """The same text is signed, but cut elsewhere into names and values."""

    def make(url: str) -> Forged:
        request = genuine(url)
        gone = {"Body", "ApiVersion", "AccountSid", "From", "FromCity", "FromCountry", "MessageSid", "NumMedia"}
        kept = {name: value for name, value in request.pairs if name not in gone}
        pairs = [*kept.items(), *((name, value) for name, value in pieces.items())]
        assert signature(request.url, sorted(pairs)) == request.signed()
        return Forged(replace(request, pairs=pairs, signature=request.signed()), 400)

    return make


def _first_pair_swapped(right: str) -> str:
    """The first two neighbours that differ change places: equal ones would leave the signature right."""
    at = next(at for at in range(len(right) - 1) if right[at] != right[at + 1])
    return right[:at] + right[at + 1] + right[at] + right[at + 2 :]


def _json(url: str) -> Forged:
    body = json.dumps(dict(genuine(url).pairs)).encode()
    called = f"{url}/sms?bodySHA256={sha256(body).hexdigest()}"
    request = TwilioRequest(called, [], headers={"content-type": "application/json"}, body=body)
    return Forged(request, 415)


def _body_hash_over_a_form(url: str) -> Forged:
    request = genuine(url)
    body = urlencode(request.pairs).encode()
    called = f"{url}/sms?bodySHA256={sha256(body).hexdigest()}"
    return Forged(replace(request, url=called, signature=signature(called, []), body=body))


def _two_signatures(*, right_one_first: bool) -> Make:
    def make(url: str) -> Forged:
        request = genuine(url)
        right, wrong = request.signed(), signature("http://evil.example/", request.pairs)
        first, second = (right, wrong) if right_one_first else (wrong, right)
        return Forged(replace(request, signature=first, second_signature=second))

    return make


def _in_the_query(url: str) -> Forged:
    request = genuine(url)
    query = urlencode({"X-Twilio-Signature": request.signed()})
    return Forged(replace(request, signature=""), to=f"{url}/sms?{query}")


def _with_sha256(url: str) -> Forged:
    request = genuine(url)
    text = request.url + "".join(name + value for name, value in sorted(request.pairs))
    strong = b64encode(hmac.new(TOKEN.encode(), text.encode(), sha256).digest()).decode()
    named = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    return Forged(replace(request, signature=strong, headers=named))


def _hex(url: str) -> Forged:
    request = genuine(url)
    text = request.url + "".join(name + value for name, value in sorted(request.pairs))
    return Forged(replace(request, signature=hmac.new(TOKEN.encode(), text.encode(), sha1).hexdigest()))


def _unsorted(url: str) -> Forged:
    request = genuine(url)
    text = request.url + "".join(name + value for name, value in request.pairs)
    in_order = b64encode(hmac.new(TOKEN.encode(), text.encode(), sha1).digest()).decode()
    return Forged(replace(request, signature=in_order))


def _with_token(token: str) -> Make:
    return lambda url: Forged(replace(genuine(url), token=token))


def _queried(query: str, sent: str) -> Make:
    def make(url: str) -> Forged:
        return Forged(replace(genuine(url), url=f"{url}/sms{query}"), to=f"{url}/sms{sent}")

    return make


def _swapped(url: str) -> Forged:
    there, here = dict(genuine(url).pairs)["To"], dict(genuine(url).pairs)["From"]
    return Forged(genuine(url).altered(To=here, From=there))


def _renormalised(url: str) -> Forged:
    text = "Wo ist das Pa\u0308ckchen?"
    return Forged(genuine(url, Body=text).altered(Body=unicodedata.normalize("NFC", text)))


def _of_another_hook(url: str) -> Forged:
    return Forged(genuine(url), to=f"{url}/sms/status")


def _by_method(method: str) -> Make:
    return lambda url: Forged(replace(genuine(url), method=method), 405)


def _get(url: str) -> Forged:
    request = genuine(url)
    called = f"{request.url}?{urlencode(request.pairs)}"
    return Forged(TwilioRequest(called, [], method="GET"), 405)


FORGED: dict[str, Make] = {
    # The signature.
    "no signature": lambda url: Forged(replace(genuine(url), signature="")),
    "a character of the signature is missing": with_signature(lambda right: right[1:]),
    "a character too many in the signature": with_signature(lambda right: f"{right}="),
    "two characters of the signature changed places": with_signature(_first_pair_swapped),
    "the signature in small letters": with_signature(str.lower),
    "the signature in hex": _hex,
    "a signature of other fields": with_signature(lambda _right: signature("http://evil.example/", [("a", "b")])),
    "the signature of a form whose fields are not sorted": _unsorted,
    "a signature by SHA-256": _with_sha256,
    "the word null for a signature": with_signature(lambda _right: "null"),
    "a signature of ten thousand characters": with_signature(lambda right: right * 357),
    "a signature with letters of another script": with_signature(lambda right: "ÀÉ" + right[2:]),
    "two signatures, the right one first": _two_signatures(right_one_first=True),
    "two signatures, the right one last": _two_signatures(right_one_first=False),
    "the signature in the query": _in_the_query,
    "signed with another token": _with_token("0e" * 16),
    "signed with no token": _with_token(""),
    "signed with the account's id for a token": _with_token(SID),
    # The address.
    "signed for the other scheme": signed_for(other_scheme),
    "signed for another host": signed_for(lambda url: url.replace(urlsplit(url).netloc, EVIL)),
    "signed for another port": signed_for(lambda url: url.replace(f":{urlsplit(url).port}", ":9999")),
    "signed for a URL with a password": signed_for(lambda url: url.replace("://", "://user:password@")),
    "signed for another path": signed_for(of_path("/twilio/voice")),
    "signed for the host that the Host header tells": with_headers(host=EVIL),
    "signed for the host that X-Forwarded-Host tells": with_headers(x_forwarded_host=EVIL, x_forwarded_proto="http"),
    "signed for the host that Forwarded tells": with_headers(forwarded=f"host={EVIL};proto=http"),
    "signed for the port that X-Forwarded-Port tells": with_headers(
        signed_for="http://127.0.0.1:9999/twilio/sms", x_forwarded_port="9999"
    ),
    "signed for the URL that X-Original-URL tells": with_headers(x_original_url=f"http://{EVIL}/twilio/sms"),
    "signed for the path that X-Forwarded-Prefix tells": with_headers(
        signed_for=f"http://{EVIL}/stolen/twilio/sms", x_forwarded_prefix="/stolen", x_forwarded_host=EVIL
    ),
    "sent to another hook": _of_another_hook,
    "a query was added": _queried("", "?menu=main"),
    "the query is gone": _queried("?menu=main", ""),
    "the query says something else": _queried("?menu=main", "?menu=sales"),
    "the query in another order": _queried("?a=1&b=2", "?b=2&a=1"),
    "the path is encoded otherwise": sent_to(of_path("/twilio/%73ms")),
    "the path in capitals": sent_to(of_path("/twilio/SMS"), 404),
    "the path has a second slash": sent_to(of_path("//twilio/sms"), 404),
    # The content.
    "the text was altered": altered(Body="Send it to Mallory"),
    "the sender was altered": altered(From="+14155552672"),
    "the recipient was altered": altered(To="+4930901820"),
    "the message's id was altered": altered(MessageSid="SM" + "01" * 16),
    "the account was altered": altered(AccountSid="AC" + "5b" * 16),
    "sender and recipient changed places": _swapped,
    "a field was added": altered(MediaUrl0="https://evil.example/a.jpg"),
    "a field was taken out": altered(FromZip=None),
    "the text was taken out": altered(Body=None),
    "a field's name is in small letters": altered(Body=None, body="Where is my parcel?"),
    "a space was added at the end of the text": altered(Body="Where is my parcel? "),
    "a letter is composed otherwise": _renormalised,
    "the form is encoded twice": with_body(lambda body: body.replace(b"%", b"%25")),
    "the form lacks its last byte": with_body(lambda body: body[:-1]),
    "the form breaks off after a half": with_body(lambda body: body[: len(body) // 2]),
    "the form breaks off inside a name": with_body(lambda body: body[: body.index(b"FromCity") + 3], 400),
    "the form is empty": with_body(lambda _body: b""),
    "something stands behind the form": with_body(lambda body: body + b"&Body=more"),
    "a null byte stands in the form": with_body(lambda body: body + b"%00"),
    # The same text is signed, cut otherwise into names and values.
    "the text was pushed into the field before it": moved(
        AccountSid=SID,
        ApiVersion="2010-04-01BodyWhere is my parcel?",
        From="+14155552671",
        FromCity="SAN FRANCISCO",
        FromCountry="US",
        MessageSid="SM" + "00" * 16,
        NumMedia="0",
    ),
    "a letter of the text's name was pushed into its value": moved(
        AccountSid=SID,
        ApiVersion="2010-04-01",
        Bod="yWhere is my parcel?",
        From="+14155552671",
        FromCity="SAN FRANCISCO",
        FromCountry="US",
        MessageSid="SM" + "00" * 16,
        NumMedia="0",
    ),
    "the sender was pushed into the text": moved(
        AccountSid=SID,
        ApiVersion="2010-04-01",
        Body="Where is my parcel?From+14155552671",
        FromCity="SAN FRANCISCO",
        FromCountry="US",
        MessageSid="SM" + "00" * 16,
        NumMedia="0",
    ),
    "the sender's city was pushed into the sender": moved(
        AccountSid=SID,
        ApiVersion="2010-04-01",
        Body="Where is my parcel?",
        From="+14155552671FromCitySAN FRANCISCO",
        FromCountry="US",
        MessageSid="SM" + "00" * 16,
        NumMedia="0",
    ),
    "the number of files was pushed into the message's id": moved(
        AccountSid=SID,
        ApiVersion="2010-04-01",
        Body="Where is my parcel?",
        From="+14155552671",
        FromCity="SAN FRANCISCO",
        FromCountry="US",
        MessageSid="SM" + "00" * 16 + "NumMedia0",
    ),
    # Its form.
    "JSON with a signed hash of its body": _json,
    "a form where only a hash of it is signed": _body_hash_over_a_form,
    "no content type": with_media_type(""),
    "a text": with_media_type("text/plain"),
    "a form in parts": with_media_type("multipart/form-data; boundary=x"),
    "a form in UTF-16": with_media_type("application/x-www-form-urlencoded; charset=utf-16"),
    "a form that claims to be packed": with_media_type(FORM, content_encoding="gzip"),
    "bytes that are no UTF-8": with_body(lambda body: body + b"&a=%ff", 400),
    "a slash of two bytes": with_body(lambda body: body + b"&a=%c0%af", 400),
    "half a character": with_body(lambda body: body + b"&a=%ed%a0%80", 400),
    "bytes that should have been encoded": with_body(lambda body: body + "&a=ä".encode(), 400),
    "a field without a value": with_body(lambda body: body + b"&a", 400),
    "nothing between two signs": with_body(lambda body: body + b"&&a=b", 400),
    "two hundred fields too many": signed(400, *((f"f{number}", "x") for number in range(200))),
    "a text of 70 000 bytes": signed(413, Body="x" * 70_000),
    "a text of 300 000 bytes": signed(413, Body="x" * 300_000),
    "a PUT": _by_method("PUT"),
    "a DELETE": _by_method("DELETE"),
    "a GET with all of it in the query": _get,
    # Signed by us, and wrong.
    "signed, of another account": signed(403, AccountSid="AC" + "5b" * 16),
    "signed, of no account": signed(403, AccountSid=None),
    "signed, of two accounts": signed(403, ("AccountSid", "AC" + "5b" * 16)),
    "signed, without a message's id": signed(400, MessageSid=None),
    "signed, with a message's id that is none": signed(400, MessageSid="SM1"),
    "signed, with two message ids": signed(400, ("MessageSid", "SM" + "01" * 16)),
    "signed, from nobody": signed(400, From=""),
    "signed, from two numbers": signed(400, ("From", "+14155552672")),
    "signed, from a sender that is none": signed(400, From="<script>alert(1)</script>"),
    "signed, with two texts": signed(400, ("Body", "Another")),
    "signed, without a text": signed(400, Body=None),
    "signed, to a number that no plan names": signed(404, To="+15005550001"),
    "signed, to no number": signed(404, To=""),
}
