"""Certificates good and bad for the tests of MQTT over TLS, made once, not by the gateway's own authority."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.protocol.broker.plan import Papers
from tests.kit.authority import SIGNS

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Card:
    """A certificate and its key, in two files."""

    certificate: Path
    key: Path
    serial: int


@dataclass
class HomeAuthority:
    """An authority with the files of whoever it certified."""

    folder: Path
    name: str = "test home"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    lists: int = 0

    def __post_init__(self) -> None:
        builder = _builder(_name(self.name), _name(self.name), self.key, -1, 10).add_extension(
            x509.BasicConstraints(True, 0), critical=True
        )
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        builder = builder.add_extension(SIGNS, critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        self._cards: dict[tuple[object, ...], Card] = {}

    def short(self, name: str) -> Card:
        """Return a certificate for a key of RSA that is too short today."""
        key = rsa.generate_private_key(65537, 1024)
        signed = self._leaf(name, key, -1, 5).sign(self.key, hashes.SHA256())
        return _written(self.folder / f"short-{name}", signed.public_bytes(Encoding.PEM), key, signed.serial_number)

    def card(self, name: str, *, begins: int = -1, ends: int = 5, server: bool = False, raw: bytes | None = None) -> Card:
        """Return a certificate for `name`, good from `begins` to `ends` days from now; `raw`: these bytes instead of the name."""
        asked = (name, begins, ends, server, raw)
        if asked not in self._cards:
            self._cards[asked] = self._made(name, begins, ends, server=server, raw=raw)
        return self._cards[asked]

    def _made(self, name: str, begins: int, ends: int, *, server: bool, raw: bytes | None) -> Card:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = self._leaf(name, key, begins, ends).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        signed = builder.sign(self.key, hashes.SHA256())
        text = signed.public_bytes(Encoding.PEM)
        if raw is not None:
            text = _renamed(signed, name.encode(), raw, self.key)
        return _written(self.folder / f"{len(self._cards)}", text, key, signed.serial_number)

    def papers(self, address: str, revoked: Iterable[int] = ()) -> Papers:
        """Return what a broker on this address and 127.0.0.1 shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        places = [x509.IPAddress(ipaddress.ip_address(each)) for each in {address, "127.0.0.1"}]
        builder = self._leaf("hub", key, -1, 5).add_extension(x509.SubjectAlternativeName(places), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Papers(self.file.read_bytes(), certificate, text, self.revocations(revoked))

    def _leaf(self, name: str, key: Key, begins: int, ends: int) -> x509.CertificateBuilder:
        builder = _builder(_name(name), self.certificate.subject, key, begins, ends)
        return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)

    def revocations(self, serials: Iterable[int]) -> bytes:
        """Return a revocation list that is dated a second later than the one before."""
        self.lists += 1
        builder = x509.CertificateRevocationListBuilder(
            self.certificate.subject, NOW - DAY + dt.timedelta(seconds=self.lists), NOW + 9 * DAY
        )
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY).build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def self_signed(folder: Path, name: str) -> Card:
    """Return a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed = _builder(_name(name), _name(name), key, -1, 5).sign(key, hashes.SHA256())
    folder.mkdir(parents=True, exist_ok=True)
    return _written(folder / "self", signed.public_bytes(Encoding.PEM), key, signed.serial_number)


@cache
def trusting(authority: Path, card: Card | None = None) -> ssl.SSLContext:
    """Return a client's TLS, with a certificate or without."""
    context = ssl.create_default_context(cafile=authority)
    if card is not None:
        context.load_cert_chain(card.certificate, card.key)
    return context


def _written(stem: Path, certificate: bytes, key: Key, serial: int) -> Card:
    card = Card(stem.with_suffix(".pem"), stem.with_suffix(".key"), serial)
    card.certificate.write_bytes(certificate)
    card.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return card


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, begins: int, ends: int) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(NOW + begins * DAY).not_valid_after(NOW + ends * DAY)


def _renamed(signed: x509.Certificate, old: bytes, new: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the certificate with bytes in its name that no builder would put there, signed again."""
    if len(old) != len(new):
        raise ValueError("a name can only be replaced by one as long")
    body = signed.tbs_certificate_bytes.replace(old, new)
    signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    whole = body + algorithm + _tagged(0x03, b"\0" + signature)
    return ssl.DER_cert_to_PEM_cert(_tagged(0x30, whole)).encode()


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes((size,)) if size < 0x80 else bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + length + content
