"""Who a request is from, for every route: asked at the door, and asked again at each step of what takes long.

Everything here is `async` though nothing waits: FastAPI would do it in threads otherwise.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.faces.http.house import House
from gateway.thing.principal import Principal
from gateway.trust.login import Visitor, visitor_of
from gateway.trust.roles import Permission, require


async def house_of(connection: HTTPConnection) -> House:
    """Return what the application works on."""
    house: House = connection.app.state.house
    return house


async def caller(connection: HTTPConnection) -> Principal:
    """Return who asks; raise Unauthenticated."""
    house: House = connection.app.state.house
    return house.logins.principal(visitor_of(connection.scope))


async def visitor(connection: HTTPConnection) -> Visitor:
    """Return who knocks, whoever it is."""
    return visitor_of(connection.scope)


def able(permission: Permission) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """Return what lets through whoever may do this, and raises Unauthenticated or Forbidden for others."""

    async def allowed(connection: HTTPConnection) -> Principal:
        principal = await caller(connection)
        require(principal, permission)
        return principal

    return allowed


Inside: TypeAlias = Annotated[House, Depends(house_of)]
Knocking: TypeAlias = Annotated[Visitor, Depends(visitor)]
Reader: TypeAlias = Annotated[Principal, Depends(able(Permission.READ))]
Controller: TypeAlias = Annotated[Principal, Depends(able(Permission.CONTROL))]
Insider: TypeAlias = Annotated[Principal, Depends(able(Permission.READ_PRIVATE))]
Owner: TypeAlias = Annotated[Principal, Depends(able(Permission.ADMINISTER))]
