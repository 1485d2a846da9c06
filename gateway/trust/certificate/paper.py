"""A certificate in whatever form a file has it: COSE as it is, the text of its QR code, or the compact JWS."""

from gateway.errors import BadSyntax
from gateway.trust.certificate.circumstances import Circumstances
from gateway.trust.certificate.claim import read_claim
from gateway.trust.certificate.cose import read_cose
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.signing import QR_PREFIX, from_qr_text
from gateway.trust.certificate.standing import Standing
from gateway.trust.certificate.verifying import check_claim, check_cose

LIMIT = 16 * 1024
_COSE = b"\xd2"


def read_paper(text: bytes) -> Signed:
    """Return what a certificate says, not yet believed; raise BadSyntax or SchemaViolation."""
    form, content = _form(text)
    return read_cose(content) if form == "cose" else read_claim(content.decode("ascii", errors="replace"))


def check_paper(text: bytes, circumstances: Circumstances) -> Standing:
    """Return how far a certificate is to be believed; raise BadSyntax only for a QR text that is none."""
    form, content = _form(text)
    return check_cose(content, circumstances) if form == "cose" else check_claim(content.decode("ascii", errors="replace"), circumstances)


def cose_of(text: bytes) -> bytes:
    """Return the COSE form of a file that has it; raise BadSyntax for a JWS, from which it cannot be made without the key."""
    form, content = _form(text)
    if form != "cose":
        raise BadSyntax("this is the JWS of a certificate: its QR code is made from the other form, the file that ends in .cose")
    return content


def _form(text: bytes) -> tuple[str, bytes]:
    if len(text) > LIMIT:
        raise BadSyntax(f"a certificate has at most {LIMIT} bytes")
    if text[:1] == _COSE:
        return "cose", text
    plain = text.strip(b" \r\n\t")
    if plain.startswith(QR_PREFIX.encode()):
        return "cose", from_qr_text(plain.decode("ascii", errors="replace"))
    return "jws", plain
