"""A run of the suite becomes a certificate, in both signed forms: what `hulian conformance --sign` and a factory call."""

import base64
import secrets
from dataclasses import dataclass, replace
from typing import Final

from gateway.errors import SchemaViolation, StateConflict
from gateway.trust.certificate.base45 import base45, from_base45
from gateway.trust.certificate.claim import write_claim
from gateway.trust.certificate.cose import write_cose
from gateway.trust.certificate.signing_key import SigningKey
from gateway.trust.certificate.statement import OWN_MARK, RunFacts, Statement, verdict_root

QR_PREFIX: Final = "HL1:"
"""Begins the text in a QR code; base 45 of the COSE form follows."""
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate: what it says, as COSE for a QR code, and as the JWS an appliance carries among its `claims`."""

    statement: Statement
    cose: bytes
    jws: str

    @property
    def qr_text(self) -> str:
        """Return what its QR code holds."""
        return qr_text(self.cose)


def sign_run(
    facts: RunFacts, key: SigningKey, *, now: float, days: float = 365, status: str = "", bound_key: bytes | None = None
) -> Certificate:
    """Return the certificate of a run, good for `days` from `now` (seconds since the epoch).

    `status`: the name of the list that may withdraw it; `bound_key`: public key of the appliance it is for. Raise StateConflict for a run
    with a failure, SchemaViolation for facts that cannot be said.
    """
    failed = sorted(test for test, verdict in facts.verdicts.items() if verdict == "failed")
    words = list(facts.verdicts.values())
    if failed or "passed" not in words:
        raise StateConflict(f"a run is signed when nothing failed: {', '.join(failed)}" if failed else "in this run nothing passed")
    statement = Statement(
        mark=OWN_MARK,
        number=fresh_number(),
        holder=facts.maker,
        models=(facts.model,),
        kind=facts.kind,
        issued=int(now),
        expires=int(now + days * DAY),
        bound_key=bound_key or b"",
        profile=facts.profile,
        profile_hash=_hash(facts.profile_hash, "profile_hash"),
        firmware=facts.firmware,
        firmware_hash=_hash(facts.firmware_hash, "firmware_hash"),
        suite=facts.suite,
        suite_hash=_hash(facts.suite_hash, "suite_hash"),
        verdict_root=verdict_root(facts.verdicts),
        passed=words.count("passed"),
        skipped=words.count("skipped"),
        status=status,
    )
    return sign_statement(statement, key)


def sign_again(statement: Statement, key: SigningKey, *, now: float, days: float, status: str, bound_key: bytes) -> Certificate:
    """Return a certificate of the same run for another unit: with a number, dates and a key of its own."""
    issued, expires = int(now), int(now + days * DAY)
    renewed = replace(statement, number=fresh_number(), issued=issued, expires=expires, status=status, bound_key=bound_key)
    return sign_statement(renewed, key)


def sign_statement(statement: Statement, key: SigningKey) -> Certificate:
    """Return any statement, signed in both forms."""
    return Certificate(statement, write_cose(statement, key), write_claim(statement, key))


def fresh_number() -> str:
    """Return a certificate's number nobody can guess: 80 bits in 16 small letters and digits."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def qr_text(cose: bytes) -> str:
    """Return the text of a QR code of a certificate."""
    return QR_PREFIX + base45(cose)


def from_qr_text(text: str) -> bytes:
    """Return the COSE form in the text of a QR code; raise BadSyntax."""
    return from_base45(text.strip().removeprefix(QR_PREFIX))


def _hash(text: str, name: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise SchemaViolation(f"{name} is a SHA-256 in hexadecimal, not {text!r}") from error
