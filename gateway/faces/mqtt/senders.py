"""Who a message is from. A subscriber learns nothing about a publisher, so the topic has to tell.

On our own broker an identity can only write under its own branch `c/{client}`, and bare topics only with role user or above. On a
broker somebody else keeps, a branch proves nothing: once the home has an owner, an envelope there acts with role user too.
"""

from gateway.thing.principal import Principal, Role
from gateway.trust.access import Access

BARE = Principal("mqtt", Role.USER, known=False)


class Senders:
    """Tells the principal of a message. `bound`: the broker binds each branch to the identity of its client."""

    def __init__(self, access: Access, *, bound: bool) -> None:
        self._access = access
        self._bound = bound

    def of_branch(self, client: str) -> Principal:
        """Return who an envelope on `c/{client}/rpc` is from; raise Unauthenticated for one who was not let in."""
        if self._access.open:
            return Principal(client, Role.OWNER)
        if self._bound:
            return self._access.principal(client)
        return Principal(client, Role.USER, known=False)

    def of_bare_topic(self) -> Principal:
        """Return who a bare value is from."""
        return BARE
