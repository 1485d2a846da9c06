"""Who a simulated box is: its certificate, its model, the clients it was paired with, and what stands on its screen.

The name of a certificate says product, device, model and the address of the Bluetooth radio, by which the box is known:
`atvremote/hulian/hulian/HS-B4K/AA:BB:CC:DD:EE:FF`. What is remembered outlives a power cut, as long as the program runs.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from firmware_sim.appliance import Appliance

MODELS: Mapping[str, tuple[str, str]] = {"set-top-box": ("Hulian Box", "Hulian"), "uhd-tv": ("Hulian Smart TV", "Hulian")}
"""Kind -> model and maker, where the facts say nothing else."""
YEARS = dt.timedelta(days=3650)
_FIRST_DAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_MOST_CLIENTS = 32


@dataclass(eq=False, kw_only=True)
class Box:
    """`clients`: SHA-256 of the certificates it was paired with; `screen`: the code it shows, "" mostly."""

    mac: str
    model: str
    vendor: str
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    clients: dict[bytes, str] = field(default_factory=dict)
    screen: str = ""

    def knows(self, client: bytes) -> bool:
        """Whether a client (its certificate as DER) was paired with."""
        return hashlib.sha256(client).digest() in self.clients

    def let_in(self, client: bytes, name: str) -> None:
        """Remember a client."""
        if len(self.clients) >= _MOST_CLIENTS:
            del self.clients[next(iter(self.clients))]
        self.clients[hashlib.sha256(client).digest()] = name

    def secret(self, client: x509.Certificate, nonce: bytes) -> bytes:
        """Return the hash over both keys and what is shown of it: first its own first byte, then the nonce."""
        return hashlib.sha256(_numbers(client) + _numbers(self.certificate) + nonce).digest()

    def new_code(self, client: x509.Certificate) -> tuple[str, bytes]:
        """Return six characters for the screen, and the secret they prove."""
        nonce = secrets.token_bytes(2)
        secret = self.secret(client, nonce)
        return (secret[:1] + nonce).hex().upper(), secret


def _numbers(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("a certificate without an RSA key")  # noqa: TRY004 - it is what a stranger showed
    numbers = key.public_numbers()
    return b"".join(number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.n, numbers.e))


_BOXES: "WeakKeyDictionary[Appliance, Box]" = WeakKeyDictionary()


def box_of(appliance: Appliance, facts: Mapping[str, Any]) -> Box:
    """Return the box an appliance is, the same one as long as the program runs."""
    if appliance not in _BOXES:
        model, vendor = MODELS[appliance.kind]
        digest = hashlib.sha256(f"androidtv:{appliance.identifier}".encode()).digest()
        mac = str(facts.get("mac", ":".join(f"{byte:02X}" for byte in bytes([digest[0] & 0xFC | 0x02]) + digest[1:6])))
        model = str(facts.get("model", model))
        certificate = _signed(f"atvremote/hulian/hulian/{model}/{mac}", _key())
        _BOXES[appliance] = Box(mac=mac, model=model, vendor=str(facts.get("vendor", vendor)), certificate=certificate, key=_key())
    return _BOXES[appliance]


def paired_client(box: Box, kind: str) -> dict[str, str]:
    """Return what a hub that was paired with the box long ago has kept of it."""
    client = _signed("hub", _key())
    box.let_in(client.public_bytes(serialization.Encoding.DER), "a hub that was paired before")
    return {
        "certificate": client.public_bytes(serialization.Encoding.PEM).decode(),
        "key": pem_of(_key()).decode(),
        "box": hashlib.sha256(box.certificate.public_bytes(serialization.Encoding.DER)).hexdigest(),
        "kind": kind,
    }


def pem_of(key: rsa.RSAPrivateKey) -> bytes:
    """Return a key as PEM."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@cache
def _key() -> rsa.RSAPrivateKey:
    """Return the one key of all boxes of this program: making one takes a while, and their certificates differ."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _signed(name: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(_FIRST_DAY).not_valid_after(_FIRST_DAY + 2 * YEARS)
    return builder.sign(key, hashes.SHA256())
