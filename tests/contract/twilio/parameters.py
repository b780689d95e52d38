"""The parameters of Twilio's requests to an application, as its documentation lists them, read in November 2026."""

from dataclasses import dataclass, field


def places(*prefixes: str) -> frozenset[str]:
    return frozenset(prefix + part for prefix in prefixes for part in ("City", "State", "Zip", "Country"))


@dataclass(frozen=True)
class Table:
    """`always` are in every such request; `at_times` only where the page says so."""

    page: str
    always: frozenset[str]
    at_times: frozenset[str] = field(default_factory=frozenset)


CALL = frozenset(("CallSid", "AccountSid", "From", "To", "CallStatus", "ApiVersion", "Direction"))
# The first three are on the page of the status callback only, but real requests for TwiML have them as well.
CALL_AT_TIMES = frozenset(
    ("Caller", "Called", "CalledVia", "ForwardedFrom", "CallerName", "ParentCallSid", "CallToken")
)
CALL_AT_TIMES |= places("From", "To", "Caller", "Called")

VOICE = Table("twilio.com/docs/voice/twiml, “Request parameters”", CALL, CALL_AT_TIMES)
FALLBACK = Table(
    "twilio.com/docs/usage/webhooks/voice-webhooks, “Fallback URL”", CALL | {"ErrorCode", "ErrorUrl"}, CALL_AT_TIMES
)
# `msg` and `FinishedOnKey` are in real requests, and in no table.
GATHER = Table(
    "twilio.com/docs/voice/twiml/gather, “action”",
    CALL | {"Digits"},
    CALL_AT_TIMES | {"SpeechResult", "Confidence", "FinishedOnKey", "msg"},
)
DIAL = Table(
    "twilio.com/docs/voice/twiml/dial, “action”",
    CALL | {"DialCallStatus", "DialCallSid", "DialBridged"},
    CALL_AT_TIMES | {"DialCallDuration", "RecordingUrl"},
)
# A conference is nobody's call.
CONFERENCE = Table(DIAL.page, DIAL.always - {"DialCallSid"}, DIAL.at_times)
PROGRESS = Table(
    "twilio.com/docs/voice/api/call-resource, “StatusCallbackEvent”",
    CALL | {"Caller", "Called", "Timestamp", "CallbackSource", "SequenceNumber"},
    CALL_AT_TIMES,
)
ENDED = Table(
    "twilio.com/docs/voice/api/call-resource, “StatusCallbackEvent”, terminal events",
    PROGRESS.always | {"CallDuration"},
    CALL_AT_TIMES | {"Duration", "SipResponseCode", "RecordingUrl", "RecordingSid", "RecordingDuration"},
)
LEG_PROGRESS = Table(
    "twilio.com/docs/voice/twiml/number, “Status callback HTTP parameters”",
    PROGRESS.always | {"ParentCallSid"},
    PROGRESS.at_times,
)
LEG_ENDED = Table(LEG_PROGRESS.page, ENDED.always | {"ParentCallSid"}, ENDED.at_times)
MESSAGE = Table(
    "twilio.com/docs/messaging/guides/webhook-request",
    frozenset(("MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "From", "To", "Body", "NumMedia", "NumSegments")),
    places("From", "To") | {"MessagingServiceSid", "SmsStatus", "ApiVersion", "OptOutType"},
)
MESSAGE_STATUS = Table(
    "twilio.com/docs/messaging/guides/track-outbound-message-status",
    frozenset(("MessageSid", "SmsSid", "AccountSid", "From", "MessageStatus", "SmsStatus")),
    frozenset(("To", "ApiVersion", "MessagingServiceSid", "ErrorCode", "RawDlrDoneDate")),
)

CALL_STATUS = frozenset(
    ("queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled")
)
DIAL_CALL_STATUS = frozenset(("completed", "answered", "busy", "no-answer", "failed", "canceled"))
