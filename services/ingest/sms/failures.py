"""Why a short message did not arrive, in one sentence for the agent. None holds anything private."""

STOPPED = "The customer has asked for no more messages (STOP): call, or wait until they write START."
NO_NUMBER = "The customer's number takes no messages: it is no telephone number."
EMPTY = "The message is empty."
TOO_LONG = "The message is longer than the 1600 characters that an SMS may have: write it in parts."
NOT_TAKEN = "The carrier could not be reached for too long: the message was not sent."
NOT_KNOWN = "It is not known whether the message arrived: the carrier's answer was lost. Ask before you write it again."
NEVER_SAID = "The carrier took the message, but never said whether it arrived. Ask before you write it again."

# https://www.twilio.com/docs/api/errors
_BY_CODE = {
    21211: NO_NUMBER,
    21408: "The carrier does not send messages to the customer's country.",
    21606: "The number that the customer wrote to can't send messages: tell whoever runs this contact centre.",
    21610: STOPPED,
    21614: "The customer's number takes no messages: it is no mobile number.",
    21617: TOO_LONG,
    30003: "The customer's telephone can't be reached.",
    30004: "The customer's telephone, or its network, blocks messages.",
    30005: "The customer's number is not in use.",
    30006: "The customer's number takes no messages: it is no mobile number.",
    30007: "The network took the message for spam.",
    30008: "The message did not arrive; the network does not say why.",
}


def words(code: int) -> str:
    """The sentence for a code of the carrier; 0: it gave none."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    return f"The message could not be delivered (the carrier's error {code})." if code else _BY_CODE[30008]
