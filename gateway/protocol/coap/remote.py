"""A peer, as the library's layers see it, and the kind of socket that knows whose each peer is."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from aiocoap.interfaces import EndpointAddress
from aiocoap.numbers.constants import MAX_REGULAR_BLOCK_SIZE_EXP

from gateway.protocol.coap.udp import Address


class ClientSocket(Protocol):
    """A socket through which only clients come, each in a connection of its own."""

    def open(self, host: str, port: int) -> int:
        """Bind to one address and return the port."""
        ...

    def close(self) -> None:
        """Stop at once."""
        ...

    def send(self, datagram: bytes, address: Address) -> None:
        """Send to a client."""
        ...

    def identity(self, address: Address) -> str:
        """Return whose connection the address has."""
        ...

    def cut(self, identity: str) -> None:
        """End the connections of a client."""
        ...


Secure: TypeAlias = Callable[[Callable[[Address, bytes], None], Callable[[Address, OSError], None]], ClientSocket]


class Remote(EndpointAddress):  # type: ignore[misc]
    """A peer, as the library wants to see it.

    `identity`: whose key it was shown to have, empty for nobody's. `near`: it is a program of this machine, on loopback.
    `context`: the OSCORE context under which it is asked, None for asking in clear.
    """

    __slots__ = ("address", "context", "identity", "local", "maximum_block_size_exp", "near")

    is_multicast = False
    is_multicast_locally = False
    scheme = "coap"

    def __init__(self, address: Address, local: str = "", *, near: bool = False, identity: str = "") -> None:
        self.address = address
        self.local = local
        self.near = near
        self.identity = identity
        self.context: Any = None
        self.maximum_block_size_exp = MAX_REGULAR_BLOCK_SIZE_EXP

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and other.address == self.address and other.identity == self.identity

    def __hash__(self) -> int:
        return hash(self.address)

    def __repr__(self) -> str:
        return self.hostinfo

    @property
    def strange(self) -> bool:
        """Return whether this is somebody without a key from beyond this machine."""
        return not self.identity and not self.near

    def known_as(self, identity: str) -> "Remote":
        """Return the same peer with a key."""
        return Remote(self.address, self.local, near=self.near, identity=identity)

    @property
    def hostinfo(self) -> str:
        """Return `address:port`."""
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def hostinfo_local(self) -> str:
        """Return our own `address:port`."""
        return self.local

    @property
    def uri_base(self) -> str:
        """Return the URI the peer's paths stand under."""
        return f"coap://{self.hostinfo}"

    @property
    def uri_base_local(self) -> str:
        """Return the URI our paths stand under."""
        return f"coap://{self.local}"

    @property
    def blockwise_key(self) -> Address:
        """Return what blocks of one body have in common."""
        return self.address
