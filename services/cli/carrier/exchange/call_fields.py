"""The parameters of requests about a call (twilio.com/docs/voice/twiml#request-parameters and the pages it links)."""

from email.utils import formatdate

from services.cli.carrier.exchange.addresses import country_of
from services.cli.carrier.exchange.call import Call, Direction, Status

API_VERSION = "2010-04-01"
# Of each event of a call's progress, what CallStatus says; `completed` says how it ended.
PROGRESS_STATUS = {"initiated": "initiated", "ringing": Status.RINGING.value, "answered": Status.IN_PROGRESS.value}
PLACE = ("City", "State", "Zip", "Country")


def call_fields(call: Call, account_sid: str) -> dict[str, str]:
    """What every request about a call has. Nobody looks up cities and states here: they are empty, as often there."""
    fields = {
        "CallSid": call.sid,
        "AccountSid": account_sid,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
        "CallStatus": call.status.value,
        "ApiVersion": API_VERSION,
        "Direction": call.direction.value,
        **places("From", call.from_),
        **places("To", call.to),
        **places("Caller", call.from_),
        **places("Called", call.to),
    }
    if call.direction is Direction.OUTBOUND_DIAL:
        fields["ParentCallSid"] = call.parent_sid
    if call.forwarded_from:
        fields |= {"ForwardedFrom": call.forwarded_from, "CalledVia": call.forwarded_from}
    if call.caller_name:
        fields["CallerName"] = call.caller_name
    return fields


def progress_fields(call: Call, account_sid: str, event: str, at_ms: int) -> dict[str, str]:
    """Of a status callback (twilio.com/docs/voice/api/call-resource#statuscallback)."""
    fields = call_fields(call, account_sid) | {
        "CallStatus": PROGRESS_STATUS.get(event, call.status.value),
        "Timestamp": rfc_2822(at_ms),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.told),
    }
    if event == "completed":
        fields |= {"CallDuration": str(call.duration_s), "Duration": str(-(-call.duration_s // 60))}
        if call.sip_code:
            fields["SipResponseCode"] = str(call.sip_code)
    return fields


def gather_fields(digits: str, ended_with: str) -> dict[str, str]:
    """What <Gather> adds (twilio.com/docs/voice/twiml/gather#action)."""
    return {"Digits": digits, "FinishedOnKey": ended_with, "msg": "Gather End"}


def dial_fields(status: str, leg: Call | None, *, bridged: bool) -> dict[str, str]:
    """What <Dial> adds (twilio.com/docs/voice/twiml/dial#action)."""
    fields = {"DialCallStatus": status, "DialBridged": "true" if bridged else "false"}
    if leg is not None:
        fields["DialCallSid"] = leg.sid
        if leg.answered_ms is not None:
            fields["DialCallDuration"] = str(leg.duration_s)
    return fields


def record_fields(account_sid: str, sid: str, seconds: int, ended_with: str) -> dict[str, str]:
    """What <Record> adds (twilio.com/docs/voice/twiml/record#action). No recording stands at the URL."""
    url = f"https://api.twilio.com/{API_VERSION}/Accounts/{account_sid}/Recordings/{sid}"
    return {"RecordingUrl": url, "RecordingSid": sid, "RecordingDuration": str(seconds), "Digits": ended_with}


def places(prefix: str, address: str) -> dict[str, str]:
    """Where a number is, as far as its country code tells."""
    return {prefix + part: "" for part in PLACE} | {f"{prefix}Country": country_of(address)}


def rfc_2822(at_ms: int) -> str:
    """As the carrier writes times: Tue, 10 Aug 2010 08:02:17 +0000."""
    return formatdate(at_ms / 1000, usegmt=False).replace("-0000", "+0000")
