"""What the home's authority makes, in the hands of OpenSSL: who is let in by a server, and which server a client believes.

Both ends run in memory, over the wire's own bytes; times are those of the machine.
"""

import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.trust.certificates import key_pem, new_key, pem
from gateway.trust.signer import Signer

HOME, CLIENT, ADDRESS, HOST = "hub-7f3k2m", "phone-7f3k2m", "192.168.27.1", "hub-7f3k2m.local"
NOW = time.time()
SIGNER = Signer.made(HOME, NOW)
ROGUE = Signer.made(HOME, NOW)
DAY = 86400.0


@dataclass(frozen=True)
class Shown:
    """A certificate (with those above it) and its key, both PEM."""

    certificate: bytes
    key: bytes


def public(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def client(signer: Signer = SIGNER, *, now: float = NOW, days: float = 730) -> Shown:
    key = new_key()
    return Shown(signer.issue(CLIENT, public(key), now=now, days=days).certificate, key_pem(key))


def server(signer: Signer = SIGNER, *, address: str = ADDRESS) -> Shown:
    identity, _ = signer.serve([HOST], [address], now=NOW, old=None)
    return Shown(identity.certificate, identity.key)


def by_hand(
    purpose: x509.ObjectIdentifier,
    *,
    name: str = CLIENT,
    issuer: Signer | Shown | None = SIGNER,
    start: float = -DAY,
    end: float = DAY,
    ca: bool = False,
    names: tuple[x509.GeneralName, ...] = (),
) -> Shown:
    """Return what the authority itself would never make, signed with its key, with another's, or (None) with its own."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, above_key, chain = _issuer(issuer, subject, key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(seconds=start))
        .not_valid_after(now + timedelta(seconds=end))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Shown(pem(builder.sign(above_key, hashes.SHA256())) + chain, key_pem(key))


def _issuer(
    issuer: Signer | Shown | None, subject: x509.Name, own: ec.EllipticCurvePrivateKey
) -> tuple[x509.Name, ec.EllipticCurvePrivateKey, bytes]:
    if issuer is None:
        return subject, own, b""
    if isinstance(issuer, Signer):
        return issuer._x509.subject, issuer._key, b""
    key = serialization.load_pem_private_key(issuer.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(issuer.certificate).subject, key, issuer.certificate


@contextmanager
def files(**contents: bytes) -> Iterator[dict[str, Path]]:
    with TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in contents}
        for name, content in contents.items():
            paths[name].write_bytes(content)
        yield paths


def context(shown: Shown | None, *, serving: bool, trusted: bytes = SIGNER.certificate, revoked: bytes | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if serving else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.load_verify_locations(cadata=trusted.decode())
    with files(certificate=shown.certificate if shown else b"", key=shown.key if shown else b"", revoked=revoked or b"") as paths:
        if shown is not None:
            made.load_cert_chain(paths["certificate"], paths["key"])
        if revoked is not None:
            made.load_verify_locations(paths["revoked"])
            made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return made


def meet(serving: ssl.SSLContext, asking: ssl.SSLContext, *, host: str = ADDRESS) -> tuple[str, str]:
    """Let the two shake hands and pass a byte each way; return the client's common name and the TLS version, or raise SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    hub = serving.wrap_bio(up, down, server_side=True)
    phone = asking.wrap_bio(down, up, server_hostname=host)
    waiting: list[Callable[[], object]] = [phone.do_handshake, hub.do_handshake, lambda: hub.write(b"h"), lambda: phone.read(1)]
    waiting += [lambda: phone.write(b"p"), lambda: hub.read(1)]
    for _ in range(100):
        for step in tuple(waiting[:2]):
            try:
                step()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(step)
        if not waiting:
            certificate = hub.getpeercert() or {}
            names: dict[str, str] = dict(pair for part in certificate["subject"] for pair in part)  # type: ignore[misc]
            return names["commonName"], hub.version() or ""
    raise AssertionError("they wait for each other")


@cache
def hub() -> ssl.SSLContext:
    return context(server(), serving=True)


@cache
def phone() -> ssl.SSLContext:
    return context(client(), serving=False)


# Who is let in


def test_a_client_is_let_in_under_its_id() -> None:
    assert meet(hub(), phone()) == (CLIENT, "TLSv1.3")
    assert meet(hub(), phone(), host=HOST) == (CLIENT, "TLSv1.3")


def test_a_client_with_an_ed25519_key_is_let_in_too() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    shown = Shown(SIGNER.issue(CLIENT, public(key), now=NOW, days=1).certificate, private(key))
    assert meet(hub(), context(shown, serving=False))[0] == CLIENT


def test_what_is_issued_while_the_hubs_clock_is_in_1970_opens_in_truth() -> None:
    early = Signer.made(HOME, 5.0)
    identity, _ = early.serve([HOST], [ADDRESS], now=6.0, old=None)
    serving = context(Shown(identity.certificate, identity.key), serving=True, trusted=early.certificate)
    assert meet(serving, context(client(early, now=7.0), serving=False, trusted=early.certificate))[0] == CLIENT


CLIENT_AUTH, SERVER_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
CLIENTS: dict[str, tuple[Callable[[], Shown | None], str]] = {
    "no certificate": (lambda: None, "did not return a certificate"),
    "expired": (lambda: client(now=0.0, days=1), "expired"),
    "expired, by hand": (lambda: by_hand(CLIENT_AUTH, end=-60), "expired"),
    "not yet valid": (lambda: by_hand(CLIENT_AUTH, start=3600), "not yet valid"),
    "of a rogue authority of the same name": (lambda: client(ROGUE), "unable to get|signature failure|certificate verify failed"),
    "self-signed with the right name": (lambda: by_hand(CLIENT_AUTH, issuer=None), "self-signed"),
    "the hub's own": (server, "unsuitable certificate purpose"),
    "for signing programs": (lambda: by_hand(ExtendedKeyUsageOID.CODE_SIGNING), "unsuitable certificate purpose"),
    "signed by a client": (lambda: by_hand(CLIENT_AUTH, issuer=client(), name="owner-1"), "invalid CA|unable to get|verify failed"),
    "below an authority of one's own": (
        lambda: by_hand(CLIENT_AUTH, issuer=by_hand(CLIENT_AUTH, name="under", ca=True), name="owner-1"),
        "path length|invalid CA|verify failed|usage",
    ),
}


@pytest.mark.parametrize("which", CLIENTS)
def test_everybody_else_is_refused(which: str) -> None:
    shown, why = CLIENTS[which]
    with pytest.raises(ssl.SSLError, match=rf"(?i){why}"):
        meet(hub(), context(shown(), serving=False))


def test_by_hand_makes_good_ones_too_so_that_the_refusals_mean_something() -> None:
    assert meet(hub(), context(by_hand(CLIENT_AUTH), serving=False))[0] == CLIENT
    good = by_hand(SERVER_AUTH, names=(x509.IPAddress(ip_address(ADDRESS)),))
    assert meet(context(good, serving=True), phone())[0] == CLIENT


def test_a_revoked_client_is_refused_and_the_others_are_not() -> None:
    gone, stays = client(), client()
    serial = f"{x509.load_pem_x509_certificate(gone.certificate).serial_number:x}"
    serving = context(server(), serving=True, revoked=SIGNER.revocation_list([serial], now=NOW))
    assert meet(serving, context(stays, serving=False))[0] == CLIENT
    with pytest.raises(ssl.SSLError, match="revoked"):
        meet(serving, context(gone, serving=False))


@pytest.mark.parametrize("later", [0.0, 365 * DAY])
def test_a_revocation_list_does_not_run_out_and_lock_everybody_out(later: float) -> None:
    listed = x509.load_pem_x509_crl(SIGNER.revocation_list([], now=NOW))
    assert listed.next_update_utc is not None
    assert listed.last_update_utc.timestamp() <= NOW + later < listed.next_update_utc.timestamp()
    old = SIGNER.revocation_list([], now=NOW - 365 * DAY)
    assert meet(context(server(), serving=True, revoked=old), phone())[0] == CLIENT


def test_after_a_change_of_owner_nothing_of_the_old_authority_opens() -> None:
    new = Signer.made(HOME, NOW)
    with pytest.raises(ssl.SSLError, match="verify failed"):
        meet(context(server(new), serving=True, trusted=new.certificate), context(client(), serving=False, trusted=new.certificate))
    with pytest.raises(ssl.SSLError, match="verify failed"):
        meet(context(server(), serving=True, trusted=new.certificate), context(client(new), serving=False, trusted=new.certificate))


def old_client() -> ssl.SSLContext:
    made = context(client(), serving=False)
    made.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_1
    return made


def test_tls_1_1_is_refused_and_would_have_been_spoken_were_it_not() -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)version|unsupported protocol"):
        meet(hub(), old_client())
    lax = context(server(), serving=True)
    lax.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        lax.minimum_version = ssl.TLSVersion.TLSv1_1
    assert meet(lax, old_client()) == (CLIENT, "TLSv1.1")


# Which server is believed

SERVERS: dict[str, tuple[Callable[[], Shown], str]] = {
    "at another address": (lambda: server(address="192.168.27.2"), "IP address mismatch"),
    "of a rogue authority of the same name": (lambda: server(ROGUE), "verify failed"),
    "self-signed with the right name": (
        lambda: by_hand(SERVER_AUTH, issuer=None, name=HOME, names=(x509.IPAddress(ip_address(ADDRESS)),)),
        "self-signed",
    ),
    "a client's": (client, "unsuitable certificate purpose"),
    "a client's that names itself the hub": (
        lambda: by_hand(CLIENT_AUTH, name=HOME, names=(x509.IPAddress(ip_address(ADDRESS)),)),
        "unsuitable certificate purpose",
    ),
    "expired": (lambda: by_hand(SERVER_AUTH, end=-60, names=(x509.IPAddress(ip_address(ADDRESS)),)), "expired"),
    "not yet valid": (lambda: by_hand(SERVER_AUTH, start=3600, names=(x509.IPAddress(ip_address(ADDRESS)),)), "not yet valid"),
    "signed by a client": (
        lambda: by_hand(SERVER_AUTH, issuer=client(), names=(x509.IPAddress(ip_address(ADDRESS)),)),
        "invalid CA|unable to get|verify failed",
    ),
    "a bank, with the stolen key of the home": (
        lambda: by_hand(SERVER_AUTH, names=(x509.DNSName("bank.com"), x509.IPAddress(ip_address(ADDRESS)))),
        "permitted subtree violation",
    ),
    "a public address, with the stolen key of the home": (
        lambda: by_hand(SERVER_AUTH, names=(x509.IPAddress(ip_address("8.8.8.8")), x509.IPAddress(ip_address(ADDRESS)))),
        "permitted subtree violation",
    ),
}


@pytest.mark.parametrize("which", SERVERS)
def test_a_client_believes_no_other_server(which: str) -> None:
    shown, why = SERVERS[which]
    with pytest.raises(ssl.SSLError, match=rf"(?i){why}"):
        meet(context(shown(), serving=True), phone())


# The other reader of certificates


def test_the_openssl_program_agrees() -> None:
    shown, own = client(), server()
    with files(authority=SIGNER.certificate, client=shown.certificate, server=own.certificate) as paths:

        def verified(purpose: str, which: str) -> bool:
            command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(paths["authority"]), str(paths[which])]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0

        assert [verified(*each) for each in (("sslclient", "client"), ("sslserver", "server"))] == [True, True]
        assert [verified(*each) for each in (("sslserver", "client"), ("sslclient", "server"))] == [False, False]
