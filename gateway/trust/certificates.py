"""Making certificates: pure functions of keys, names and a time. `authority` keeps what they make.

    the home's authority      P-256, 20 years; may sign clients, and servers on home networks only
    ├── a client              CN = its id, for clientAuth only
    └── the hub's own server  SAN = its addresses and names, for serverAuth only

**Times.** A hub without a battery clock wakes up in the past, perhaps in 1970, and its own certificates must open then too. So
everything is valid from 2020 on, or from a day before the hub's clock where that is earlier: a date before which a key was
not yet certified protects nobody here. An end is counted from the hub's clock, but never from before this program was
written: what a hub issues while its clock is wrong is valid now and in truth.
"""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.errors import StateConflict
from gateway.trust.public_key import PublicKey

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
WRITTEN: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that shows less than this is right."""
AUTHORITY_DAYS: Final = 20 * 365
NETWORKS: Final = (
    *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    "::/0",  # homes have public IPv6 addresses
)
DOMAINS: Final = ("local", "localhost", "home.arpa", "internal")
"""Where the authority may vouch for a server. Whoever gets its key cannot pass for a bank to a phone that trusts it."""

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    """Return a fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def authority_certificate(key: Key, home: str, now: float) -> x509.Certificate:
    """Return the certificate a home's authority signs itself."""
    start, end = lifetime(now, AUTHORITY_DAYS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{home} authority")])
    permitted = [*map(x509.DNSName, DOMAINS), *(x509.IPAddress(ipaddress.ip_network(network)) for network in NETWORKS)]
    builder = (
        _builder(name, name, key.public_key(), start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        # Not critical: small TLS stacks in appliances do not know it, and would refuse everything.
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def client_certificate(
    key: PublicKey, client: str, authority: x509.Certificate, authority_key: Key, *, now: float, days: float
) -> x509.Certificate:
    """Return a client's certificate; raise StateConflict when the authority has ended by the hub's clock."""
    builder = _leaf(client, key, authority, now, days, ExtendedKeyUsageOID.CLIENT_AUTH)
    return builder.sign(authority_key, hashes.SHA256())


def server_certificate(
    key: PublicKey,
    home: str,
    names: x509.SubjectAlternativeName,
    authority: x509.Certificate,
    authority_key: Key,
    *,
    now: float,
    days: float,
) -> x509.Certificate:
    """Return the hub's own; raise StateConflict when the authority has ended by the hub's clock."""
    builder = _leaf(home, key, authority, now, days, ExtendedKeyUsageOID.SERVER_AUTH)
    return builder.add_extension(names, critical=False).sign(authority_key, hashes.SHA256())


def revocations(serials: Iterable[int], authority: x509.Certificate, authority_key: Key, *, now: float) -> x509.CertificateRevocationList:
    """Return the list of certificates that open nothing any more.

    It says that it is good for as long as the authority is: it is rewritten with every change, and one that ran out would lock
    everybody out. Of several lists OpenSSL believes the one dated last, and none from the future: each is dated a day back.
    """
    start, _ = lifetime(now, 0)
    dated = max(start, EPOCH + timedelta(seconds=max(now, 0.0)) - timedelta(days=1))
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(dated)
        .next_update(authority.not_valid_after_utc)
        .add_extension(x509.CRLNumber(int(max(now, WRITTEN.timestamp()))), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    for serial in sorted(set(serials)):
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(start).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(authority_key, hashes.SHA256())


def lifetime(now: float, days: float) -> tuple[datetime, datetime]:
    """Return from when and until when something is valid that is made at `now`, by a clock that may be wrong."""
    clock = EPOCH + timedelta(seconds=max(now, 0.0))
    return max(EPOCH, min(EARLIEST, clock - timedelta(days=1))), max(clock, WRITTEN) + timedelta(days=days)


def pem(each: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """Return it as text."""
    return each.public_bytes(serialization.Encoding.PEM)


def key_pem(key: Key) -> bytes:
    """Return a private key as text, in clear: for the vault, or a file that is 0600."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _leaf(
    name: str, key: PublicKey, authority: x509.Certificate, now: float, days: float, purpose: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    start, end = lifetime(now, days)
    last = authority.not_valid_after_utc
    if last <= lifetime(now, 0)[1]:
        raise StateConflict(f"by this hub's clock its authority ended on {last:%Y-%m-%d}: set the clock; if it is right, `hulian reset`")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        _builder(subject, authority.subject, key, start, min(end, last))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(_signer(authority), critical=False)
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKey, start: datetime, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signer(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
