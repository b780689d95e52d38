"""Who asks reporting over HTTP: checked by their token, with the figures of their tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, HTTPException, Query

from services.reporting.projector import NotThere, PartitionFigures, Projector
from services.shared.tokens import Identity, Role, TokenChecker, TokenRefused

READERS = (Role.SUPERVISOR, Role.ADMIN, Role.ANALYST)

AtLeast = Annotated[
    str,
    Query(pattern=r"^[0-9]{1,6}:[0-9]{1,15}$", description="partition:offset that the answer must take into account"),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, with the figures of their tenant."""

    identity: Identity
    partition: PartitionFigures

    def may_see_agent(self, agent: str) -> bool:
        """Whether an agent serves one of the companies that they may see, by the newest plan that has the agent."""
        known = self.partition.figures.live.state(self.identity.tenant).agents.get(agent)
        return known is not None and any(map(self.identity.may_see, known.companies))


def reader_of(projector: Projector, tokens: TokenChecker) -> Callable[..., Any]:
    """The dependency that makes a Reader; it waits for what `at_least` asks for."""

    async def reader(authorization: Annotated[str, Header()] = "", at_least: AtLeast = "") -> Reader:
        identity = _identity(tokens, authorization)
        mine = projector.of(identity.tenant)
        try:
            await mine.reached(_offset(at_least, mine.partition))
        except NotThere as error:
            raise HTTPException(503, str(error), headers={"Retry-After": "1"}) from None
        return Reader(identity, mine)

    return reader


def refuse_foreign(identity: Identity, company: str) -> None:
    """404 for a company that they may not see."""
    if company and not identity.may_see(company):
        raise HTTPException(404, f"there is no company {company!r}")


def _identity(tokens: TokenChecker, authorization: str) -> Identity:
    scheme, _, token = authorization.partition(" ")
    try:
        identity = tokens.check(token)
    except TokenRefused as error:
        raise HTTPException(401, str(error), headers={"WWW-Authenticate": "Bearer"}) from None
    if scheme.lower() != "bearer":
        raise HTTPException(401, 'send "Authorization: Bearer <token>"', headers={"WWW-Authenticate": "Bearer"})
    if identity.role not in READERS:
        raise HTTPException(403, "figures are for supervisors, admins and analysts: log in as one of them")
    return identity


def _offset(at_least: str, partition: int) -> int:
    if not at_least:
        return -1
    asked, offset = at_least.split(":")
    if int(asked) != partition:
        raise HTTPException(400, f"at_least names partition {asked}, and this tenant is in partition {partition}")
    return int(offset)
