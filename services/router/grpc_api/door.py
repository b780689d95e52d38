"""The door of every call: who calls, with what right, and by when they need an answer."""

import re
from collections.abc import Iterable
from typing import Any, NoReturn

import grpc

from services.router.core.commands import Outcome, Refusal
from services.shared.clock import Clock
from services.shared.tokens import Identity, Role, TokenChecker, TokenRefused

DEADLINE_S_MAX = 60
COMMAND_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ID = re.compile(r"[A-Za-z0-9._:@+-]{1,128}")
WORD_LENGTH_MAX = 160

CODES = {
    Refusal.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Refusal.NOT_NOW: grpc.StatusCode.FAILED_PRECONDITION,
    Refusal.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Refusal.TOO_MANY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Refusal.REJECTED: grpc.StatusCode.INTERNAL,
}


class BadRequest(ValueError):
    """The words of a request are wrong; says what to write instead."""


Context = grpc.aio.ServicerContext[Any, Any]


class Door:
    """Checks the token and the deadline; whoever does not get in is told what to do."""

    def __init__(self, checker: TokenChecker, clock: Clock) -> None:
        self._checker = checker
        self._clock = clock

    async def enter(self, context: Context, *roles: Role) -> Identity:
        """The caller of a unary call, who must have one of the roles (none named: any)."""
        identity = await self.identify(context)
        await _require_deadline(context)
        if roles and identity.role not in roles:
            needed = " or ".join(roles)
            await refuse(context, grpc.StatusCode.PERMISSION_DENIED, f"this call needs the role {needed}")
        return identity

    async def agent(self, context: Context, *, unary: bool = True) -> Identity:
        """The caller, who must be an agent."""
        identity = await self.enter(context) if unary else await self.identify(context)
        if not identity.agent:
            await refuse(context, grpc.StatusCode.PERMISSION_DENIED, "this call is for agents; the token names none")
        return identity

    async def identify(self, context: Context) -> Identity:
        """The caller by the token in the metadata."""
        try:
            return self.check(bearer(context.invocation_metadata() or ()))
        except TokenRefused as refused:
            await refuse(context, grpc.StatusCode.UNAUTHENTICATED, str(refused))

    def check(self, token: str) -> Identity:
        """The identity that a token stands for. Raises TokenRefused."""
        return self._checker.check(token)

    def now_s(self) -> int:
        """The time by which tokens run out, seconds since 1970 UTC."""
        return self._clock.wall_ms() // 1_000


async def refuse(context: Context, code: grpc.StatusCode, detail: str) -> NoReturn:
    """End the call; raises, as `abort` always does, though its type does not say so."""
    await context.abort(code, detail)
    raise AssertionError("unreachable")


async def refuse_outcome(context: Context, outcome: Outcome) -> None:
    """End the call if the outcome is a refusal."""
    if outcome.refusal is not None:
        await refuse(context, CODES[outcome.refusal], f"{outcome.detail}; {outcome.what_to_do}".strip("; "))


def check_command_id(command_id: str) -> None:
    """A command needs an id, so that a retry can be recognised. Raises BadRequest."""
    if not COMMAND_ID.fullmatch(command_id):
        raise BadRequest(
            "command_id must be 1 to 64 of A-Z a-z 0-9 . _ - : make a random one, and repeat it in a retry"
        )


def check_word(name: str, value: str) -> None:
    """A word that is compared with those of the plan or the state: any, but no long one. Raises BadRequest."""
    if len(value) > WORD_LENGTH_MAX:
        raise BadRequest(f"{name} has at most {WORD_LENGTH_MAX} characters")


def check_id(name: str, value: str) -> None:
    """An id that names something. Raises BadRequest."""
    if not ID.fullmatch(value):
        raise BadRequest(f"{name} must be 1 to 128 of A-Z a-z 0-9 . _ : @ + -")


async def _require_deadline(context: Context) -> None:
    left_s = context.time_remaining()
    # gRPC gives calls without a deadline one that is centuries away.
    if left_s is None or left_s > DEADLINE_S_MAX + 1:
        detail = f"set a deadline of at most {DEADLINE_S_MAX} s: without one a lost answer is waited for for ever"
        await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, detail)


def bearer(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The token in a call's metadata. Raises TokenRefused."""
    for key, value in metadata:
        if key == "authorization" and isinstance(value, str) and value.startswith("Bearer "):
            return value.removeprefix("Bearer ")
    raise TokenRefused('no token: send metadata "authorization: Bearer <token>"; the agents service gives one')
