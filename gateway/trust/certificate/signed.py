"""What both forms of a certificate come to once they were read: what it says, whose key it names, and what that key should have signed."""

from dataclasses import dataclass

from gateway.trust.certificate.ed25519 import signed_by
from gateway.trust.certificate.statement import Statement


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate that could be read; nothing of it is believed before `genuine` says so. `issuer`: the public key it names."""

    statement: Statement
    issuer: bytes
    message: bytes
    signature: bytes

    def genuine(self) -> bool:
        """Return whether the key it names signed just these bytes; raise ExtraMissing."""
        return signed_by(self.issuer, self.message, self.signature)
