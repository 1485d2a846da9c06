"""Who a request is from, for every route: asked at the door, and asked again at each step of what takes long."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.faces.http.house import House
from gateway.thing.principal import Principal
from gateway.trust.login import Visitor, visitor_of
from gateway.trust.roles import Permission, require


def house_of(connection: HTTPConnection) -> House:
    """Return what the application works on."""
    house: House = connection.app.state.house
    return house


def caller(connection: HTTPConnection) -> Principal:
    """Return who asks; raise Unauthenticated."""
    return house_of(connection).logins.principal(visitor_of(connection.scope))


def visitor(connection: HTTPConnection) -> Visitor:
    """Return who knocks, whoever it is."""
    return visitor_of(connection.scope)


def able(permission: Permission) -> Callable[[Principal], Principal]:
    """Return what lets through whoever may do this, and raises Forbidden for others."""

    def allowed(principal: "Caller") -> Principal:
        require(principal, permission)
        return principal

    return allowed


Inside: TypeAlias = Annotated[House, Depends(house_of)]
Caller: TypeAlias = Annotated[Principal, Depends(caller)]
Knocking: TypeAlias = Annotated[Visitor, Depends(visitor)]
Reader: TypeAlias = Annotated[Principal, Depends(able(Permission.READ))]
Controller: TypeAlias = Annotated[Principal, Depends(able(Permission.CONTROL))]
Owner: TypeAlias = Annotated[Principal, Depends(able(Permission.ADMINISTER))]
Json: TypeAlias = Any
