"""How long and how much: every time and bound of the router's core."""

from services.plan.compiled import Channel

EVENTS_MAX = 1000
# Timers stop here and go on with the next command, so that a command always finds room.
TIMER_EVENTS_MAX = 500
TIMER_MATCH_EVENTS_MAX = 750
# What one step brings at most: taken, told, queued elsewhere, diverted, ended.
STEP_EVENTS = 5
FORGOTTEN_AT_ONCE_MAX = 100

DECLINE_LAPSES_MS = 30_000
DETACHED_OFFLINE_MS = 30_000
DETACHED_TAKE_BACK_MS = 300_000
TAKEOVER_GRACE_MS = 10_000
# How long whoever was named in a transfer has to take it before others may.
NAMED_AGENT_PATIENCE_MS = 60_000
# How long a consultation waits for somebody to accept it; an offer that is open then runs its time.
CONSULTATION_WAIT_MS = 120_000
ENDED_KEPT_MS = 48 * 3_600_000

ANSWER_KEPT_MS = 15 * 60_000
ANSWERS_MAX = 100_000
SEEN_PER_CONTACT_MAX = 1000
STRAYS_MAX = 10_000

IVR_NODES_MAX = 64
ATTRIBUTES_MAX = 64

# A customer who goes away does not end these: there is nobody at the other end while an agent works on them.
WITHOUT_A_LINE = (Channel.EMAIL, Channel.LETTER, Channel.FAX, Channel.WEB_FORM, Channel.VOICEMAIL)
# A customer has one conversation at a time with a dialed number: what comes while it is open joins it.
ONE_AT_A_TIME = (Channel.SMS, Channel.CALLBACK)
# These stay with an agent who is gone until they are hung up.
CALLS = (Channel.VOICE, Channel.CALLBACK)
