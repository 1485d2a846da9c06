"""What a hub keeps of a box it was paired with: its own certificate and key for that box, what the box's certificate is, and what it is.

One text in the vault. The key is made for one box and shown to no other; the box is known by its certificate from the moment somebody read
a code off its screen, for the code is a hash over both certificates: whoever answers at its address with another one is not the box.
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from typing import Final

from gateway.errors import ExtraMissing, Unauthenticated

MISSING: Final = "televisions and set-top boxes with Google's remote service need the 'androidtv' extra: pip install 'hulian[androidtv]'"
NEED: Final = "pairing"
CLIENT: Final = "Hulian"
"""What the box calls the hub while it shows the code."""
_BITS = 2048
_FIRST_DAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # a hub without a battery clock wakes in the past
_LAST_DAY = dt.datetime(2060, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """`certificate`, `key`: the hub's, as PEM. `box`: SHA-256 of the box's certificate, `kind`: of the profile; "": not known."""

    certificate: str
    key: str = field(repr=False)
    box: str = ""
    kind: str = ""

    def text(self) -> str:
        """Return it as it is kept."""
        return json.dumps(asdict(self))


def pairing_of(text: str) -> Pairing:
    """Return what was kept; raise Unauthenticated when it is no such thing."""
    try:
        said = json.loads(text)
        members = {name: str(said[name]) for name in ("certificate", "key", "box", "kind")}
    except (ValueError, TypeError, KeyError) as error:
        raise Unauthenticated(
            "what is kept of its pairing cannot be read: `hulian accept` it again, and type what its screen shows"
        ) from error
    return Pairing(**members)


def new_pairing() -> Pairing:
    """Make a certificate of the hub's for one box; it takes a while, so have a thread do it. Raise ExtraMissing."""
    try:
        from cryptography import x509  # noqa: PLC0415 - only with the extra
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - likewise
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, CLIENT)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(_FIRST_DAY).not_valid_after(_LAST_DAY)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    kept = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pairing(certificate=signed.decode(), key=kept.decode())
