"""Who a request is from, as far as it can be known: one answer for every face.

no owner yet, on loopback  ->  `local`, an owner (profile decision 16); so is every request of `hulian demo`
a key that was let in      ->  its client and role
anybody else               ->  nobody: Unauthenticated
"""

from enum import StrEnum

from gateway.errors import Unauthenticated
from gateway.thing.clock import Clock
from gateway.thing.principal import LOCAL, Principal
from gateway.trust.clients import Clients


class ProductState(StrEnum):
    """What a hub is ready for. A reset hub is fresh again, and knows none of the keys it knew."""

    FRESH = "fresh"
    PAIRING = "pairing"
    PAIRED = "paired"


class Access:
    """The door. `open`: a demo, where loopback needs no key whatever happens."""

    def __init__(self, clients: Clients, clock: Clock, *, open: bool = False) -> None:
        self.clients = clients
        self._clock = clock
        self._open = open
        self.pairing = False
        """Whether the pairing window is open; the window itself says so."""

    @property
    def state(self) -> ProductState:
        """Return what the hub is ready for."""
        if self.pairing:
            return ProductState.PAIRING
        return ProductState.PAIRED if self.clients.has_owner else ProductState.FRESH

    @property
    def open(self) -> bool:
        """Return whether whoever reaches a face over loopback is let in without a key."""
        return self._open or not self.clients.has_owner

    def local(self) -> Principal:
        """Return who a request over loopback without a key is; raise Unauthenticated once there is an owner."""
        if not self.open:
            raise Unauthenticated("this home has an owner: come with a key of your own (`hulian pair` lets one in)")
        return LOCAL

    def principal(self, client: str) -> Principal:
        """Return who a client is whose key was checked; raise Unauthenticated when it was never let in, or put out."""
        known = self.clients.get(client)
        if known is None or not known.valid(self._clock.now()):
            raise Unauthenticated("this key does not open this home, or no longer")
        return known.principal
