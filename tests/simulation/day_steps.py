"""The steps of the simulated day's routes: what is tried as contacts wait, with every action and every way out."""

from services.plan.compiled import Diversion, Step

MINUTE_MS = 60_000

STEPS = {
    "acme-calls": (
        Step(after_ms=5_000, tell=True, every_ms=20_000),
        Step(after_ms=15_000, raise_priority=3, offer_callback=True),
        Step(after_ms=25_000, depth_over=2, queue="acme-chats"),
        Step(after_ms=2 * MINUTE_MS, expected_wait_over_ms=20_000, divert=Diversion.VOICEMAIL),
    ),
    "acme-chats": (
        Step(tell=True),
        Step(after_ms=20_000, service_level_under=60, queue="acme-calls"),
        Step(after_ms=MINUTE_MS, nobody_on_duty=True, divert=Diversion.MESSAGE, divert_to="Write tomorrow."),
    ),
    "acme-mail": (
        Step(after_ms=MINUTE_MS // 2, raise_priority=5, tell=True),
        Step(after_ms=MINUTE_MS, queue="acme-chats"),
        Step(after_ms=2 * MINUTE_MS, divert=Diversion.THIRD_PARTY, divert_to="help@example.com"),
    ),
    # In the day's second plan there is no such queue.
    "globex-all": (
        Step(after_ms=10_000, queue="globex-mail"),
        Step(after_ms=20_000, tell=True, every_ms=30_000),
    ),
    "globex-mail": (Step(after_ms=2 * MINUTE_MS, depth_over=1, queue="globex-all"),),
}
