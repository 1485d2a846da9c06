"""The home's authority with its key in hand: signs, and is written to and read from one row of the vault.

Everything here computes and nothing waits: `authority` runs it in a thread and keeps what has to be kept.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final, Self

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from gateway.errors import ConfigurationInvalid, StorageDamaged
from gateway.thing.identifier import check_identifier
from gateway.trust import certificates
from gateway.trust.certificates import Key, key_pem, pem
from gateway.trust.issued import RECOVER, Issued, ServerIdentity
from gateway.trust.public_key import fingerprint, public_key

SERVER_DAYS: Final = 800
"""Phones refuse server certificates of more than 825 days."""
RENEW_DAYS: Final = 60
"""A server certificate with less than that ahead is made anew."""
_HOST_LENGTH: Final = 253
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")


class Signer:
    """One authority: its key and its certificate."""

    def __init__(self, home: str, key: Key, certificate: x509.Certificate) -> None:
        self._home = home
        self._key = key
        self._x509 = certificate
        self.certificate = pem(certificate)
        self.expires = certificate.not_valid_after_utc.timestamp()

    @classmethod
    def made(cls, home: str, now: float) -> Self:
        """Return a new authority for a home."""
        key = certificates.new_key()
        return cls(home, key, certificates.authority_certificate(key, check_identifier(home), now))

    @classmethod
    def read(cls, home: str, row: bytes) -> Self:
        """Return the authority `row()` wrote; raise StorageDamaged when it is half there or does not fit together."""
        try:
            certificate, key = _pair(row)
            genuine = _fit(certificate, key) and certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (ValueError, TypeError, KeyError, x509.ExtensionNotFound) as error:
            raise StorageDamaged(f"the home's certificate authority cannot be read: {RECOVER}") from error
        if not genuine:
            raise StorageDamaged(f"the home's certificate authority and its key do not belong together: {RECOVER}")
        return cls(home, key, certificate)

    def row(self) -> bytes:
        """Return it as one row of the vault: key and certificate are there together or not at all."""
        return _row(self.certificate, key_pem(self._key))

    def issue(self, client: str, text: bytes, *, now: float, days: float) -> Issued:
        """Certify the public key or request `text`; raise BadSyntax for the id, SchemaViolation or TooLarge for the key."""
        key = public_key(text)
        made = certificates.client_certificate(key, check_identifier(client), self._x509, self._key, now=now, days=days)
        expires = made.not_valid_after_utc.timestamp()
        return Issued(certificate=pem(made), serial=f"{made.serial_number:x}", key=fingerprint(key), expires=expires)

    def serve(self, names: Iterable[str], addresses: Iterable[str], *, now: float, old: bytes | None) -> tuple[ServerIdentity, bytes]:
        """Return the server's identity and its row: the `old` one while it fits; raise ConfigurationInvalid for a name or address."""
        wanted = subject_names(names, addresses)
        if old is not None and (kept := self._kept(old, wanted, now)) is not None:
            return kept, old
        key = certificates.new_key()
        made = certificates.server_certificate(key.public_key(), self._home, wanted, self._x509, self._key, now=now, days=SERVER_DAYS)
        identity = _identity(made, key)
        return identity, _row(identity.certificate, identity.key)

    def revocation_list(self, serials: Iterable[str], *, now: float) -> bytes:
        """Return the list (PEM) with these certificates (serials in hex) on it."""
        return pem(certificates.revocations([int(serial, 16) for serial in serials], self._x509, self._key, now=now))

    def _kept(self, old: bytes, wanted: x509.SubjectAlternativeName, now: float) -> ServerIdentity | None:
        try:
            certificate, key = _pair(old)
            certificate.verify_directly_issued_by(self._x509)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, KeyError, x509.ExtensionNotFound, InvalidSignature):
            return None
        lasts = certificates.lifetime(now, RENEW_DAYS)[1] < certificate.not_valid_after_utc
        return _identity(certificate, key) if names == wanted and lasts and _fit(certificate, key) else None


def subject_names(names: Iterable[str], addresses: Iterable[str]) -> x509.SubjectAlternativeName:
    """Return what a server is called, in an order of its own; raise ConfigurationInvalid for what no home's authority vouches for."""
    hosts = sorted({_host(name) for name in names})
    places = sorted({_place(address) for address in addresses}, key=lambda place: (place.version, int(place)))
    if not hosts and not places:
        raise ConfigurationInvalid("a server certificate needs a name or an address")
    return x509.SubjectAlternativeName([*map(x509.DNSName, hosts), *map(x509.IPAddress, places)])


def _host(name: str) -> str:
    host = name.lower().removesuffix(".")
    inside = any(host == domain or host.endswith(f".{domain}") for domain in certificates.DOMAINS)
    if len(host) > _HOST_LENGTH or not inside or not all(_LABEL.match(label) for label in host.split(".")):
        raise ConfigurationInvalid(f"{name[:80]!r} is not a host name of a home: it ends in {', '.join(certificates.DOMAINS)}")
    return host


def _place(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        place = ipaddress.ip_address(address.partition("%")[0])
    except ValueError as error:
        raise ConfigurationInvalid(f"{address[:80]!r} is not an IP address") from error
    if not any(place in network for network in map(ipaddress.ip_network, certificates.NETWORKS) if network.version == place.version):
        raise ConfigurationInvalid(f"{place} is not an address of a home network: use one of {', '.join(certificates.NETWORKS[:-1])}")
    return place


def _identity(certificate: x509.Certificate, key: Key) -> ServerIdentity:
    return ServerIdentity(certificate=pem(certificate), key=key_pem(key), expires=certificate.not_valid_after_utc.timestamp())


def _row(certificate: bytes, key: bytes) -> bytes:
    return orjson.dumps({"certificate": certificate.decode(), "key": key.decode()})


def _pair(row: bytes) -> tuple[x509.Certificate, Key]:
    document: Any = orjson.loads(row)
    key = serialization.load_pem_private_key(str(document["key"]).encode(), None)
    if not isinstance(key, Key):
        raise TypeError("not a P-256 key")
    return x509.load_pem_x509_certificate(str(document["certificate"]).encode()), key


def _fit(certificate: x509.Certificate, key: Key) -> bool:
    return certificate.public_key() == key.public_key()
