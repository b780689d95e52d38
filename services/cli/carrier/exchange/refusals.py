"""What the carrier refuses, by its own numbers (twilio.com/docs/api/errors)."""

BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, TOO_MANY = 400, 401, 404, 429

WORDS = {
    20001: (BAD_REQUEST, "Invalid parameter: {what}"),
    20003: (UNAUTHORIZED, "Authenticate"),
    20404: (NOT_FOUND, "The requested resource {what} was not found"),
    20429: (TOO_MANY, "Too Many Requests"),
    21201: (BAD_REQUEST, "No 'To' number is specified"),
    21205: (BAD_REQUEST, "Url is not a valid URL: {what}"),
    21210: (BAD_REQUEST, "The source phone number provided, {what}, is not yet verified for your account."),
    21211: (BAD_REQUEST, "The 'To' number {what} is not a valid phone number."),
    21212: (BAD_REQUEST, "The 'From' number {what} is not a valid phone number."),
    21213: (BAD_REQUEST, "'From' phone number is required"),
    21220: (BAD_REQUEST, "Call is not in-progress. Cannot redirect."),
    21602: (BAD_REQUEST, "Message body is required."),
    21603: (BAD_REQUEST, "A 'From' phone number is required."),
    21604: (BAD_REQUEST, "A 'To' phone number is required."),
    21606: (BAD_REQUEST, "The 'From' phone number {what} is not a message-capable number of your account."),
    21609: (BAD_REQUEST, "The 'StatusCallback' URL {what} is not a valid URL."),
    21610: (BAD_REQUEST, "Attempt to send to unsubscribed recipient"),
    21617: (BAD_REQUEST, "The concatenated message body exceeds the 1600 character limit"),
}


class Refused(Exception):
    """A request that the carrier does not do; `code` is its number for that, `status` the one of HTTP."""

    def __init__(self, code: int, what: str = "") -> None:
        self.code = code
        self.status, words = WORDS[code]
        self.words = words.format(what=what[:200])
        super().__init__(self.words)
