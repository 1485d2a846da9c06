"""What the home's authority gives out."""

from dataclasses import dataclass, field
from typing import Final

RECOVER: Final = "restore a backup, or begin anew with `hulian reset` (every client pairs again)"
"""What helps when the authority is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A client's certificate (PEM). `serial`: hex. `key`: SHA-256 of its public key, hex. `expires`: seconds since the epoch."""

    certificate: bytes
    serial: str
    key: str
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """The hub's own certificate and private key (PEM, the key in clear). `expires`: seconds since the epoch."""

    certificate: bytes
    key: bytes = field(repr=False)
    expires: float
