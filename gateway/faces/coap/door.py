"""Who a CoAP request is from: the owner of its key, or `local` over loopback while the home has no owner."""

from collections.abc import Callable
from typing import TypeAlias

from gateway.errors import Unauthenticated
from gateway.protocol.coap.message import Request
from gateway.thing.principal import Principal
from gateway.trust.access import Access

Door: TypeAlias = Callable[[Request], Principal]


def door(access: Access) -> Door:
    """Return what tells the principal of a request and raises Unauthenticated for everybody else."""

    def principal(request: Request) -> Principal:
        if request.identity:
            return access.principal(request.identity)
        if request.local:
            return access.local()
        raise Unauthenticated("this home is for those who were let in: come with a key of your own")

    return principal
