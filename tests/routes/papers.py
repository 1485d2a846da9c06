"""The keys and certificate requests of those who come in; a key is made once for each identity."""

from functools import cache

import pytest

pytest.importorskip("cryptography", reason="the extra `trust` is not installed")
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@cache
def _key(_identity: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def request_of(identity: str) -> str:
    """Return a certificate request of an identity's own key (PEM)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity)])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(_key(identity), SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def private_key(identity: str) -> str:
    """Return an identity's private key (PEM)."""
    return _key(identity).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
