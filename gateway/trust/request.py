"""A client's own key, and the request (PKCS #10) that proves to the hub that the client has it."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from gateway.trust.certificates import key_pem, new_key


def made(common_name: str) -> tuple[bytes, bytes]:
    """Return a fresh key and its request, both PEM; the hub decides the name in the certificate itself."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return key_pem(key), request.public_bytes(serialization.Encoding.PEM)
