"""What the tests of certificates share: keys made from published seeds (vectors, no secrets), a run, a lamp and whom it is held against."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.trust.certificate.circumstances import Carrier, Circumstances, Possession, Proof
from gateway.trust.certificate.signing import Certificate, sign_run, sign_statement
from gateway.trust.certificate.signing_key import SigningKey, signing_key_from
from gateway.trust.certificate.statement import OWN_MARK, RunFacts, Statement
from gateway.trust.certificate.status_list import StatusList
from gateway.trust.certificate.trust_list import Issuer, TrustList

NOW = 1_800_000_000.0
"""2027-01-15."""
DAY = 86_400
LIST = "lab-status"


def key(name: str) -> SigningKey:
    """Return a key anybody can make again from a word (a published vector)."""
    return signing_key_from(hashlib.sha256(f"published test vector {name}".encode()).digest())


LAB, MAKER, OTHER, UNIT, COPY = map(key, ("lab", "maker", "other", "unit", "copy"))
PROFILE_HASH = hashlib.sha256(b"a profile").hexdigest()
FACTS = RunFacts(
    maker="Hulian Simulator Works",
    model="HS-L9",
    kind="light",
    profile="1.0.0",
    profile_hash=PROFILE_HASH,
    suite="0.1.0",
    suite_hash=hashlib.sha256(b"a suite").hexdigest(),
    verdicts={"C1": "passed", "E1": "passed", "R1": "skipped"},
    firmware="1.0.0",
    firmware_hash=hashlib.sha256(b"a firmware").hexdigest(),
)
LAMP = Carrier(
    kind="light",
    maker=FACTS.maker,
    model=FACTS.model,
    made="2026-12-01",
    firmware="1.0.0",
    profile="1.0.0",
    profile_hash=bytes.fromhex(PROFILE_HASH),
    labels=({"scheme": "CEL", "std": "GB 30255-2019", "grade": 2},),
    proof=Proof(Possession.PROVED),
)
TRUST = TrustList(
    (
        Issuer(name="Test House", key=LAB.public, role="third-party", marks=frozenset({OWN_MARK, "eco"})),
        Issuer(name=FACTS.maker, key=MAKER.public, role="maker", marks=frozenset({OWN_MARK})),
        Issuer(name="Other Works", key=OTHER.public, role="maker", marks=frozenset({OWN_MARK})),
    )
)


def certified(signer: SigningKey = LAB, facts: RunFacts = FACTS, **options: Any) -> Certificate:
    """Return the certificate of a run, bound to the unit's key unless told otherwise."""
    usual: dict[str, Any] = {"now": NOW, "bound_key": UNIT.public, "status": LIST}
    return sign_run(facts, signer, **(usual | options))


def altered(certificate: Certificate, signer: SigningKey = LAB, **changes: Any) -> Certificate:
    """Return a certificate that says something else, honestly signed."""
    return sign_statement(replace(certificate.statement, **changes), signer)


def circumstances(**changes: Any) -> Circumstances:
    """Return circumstances under which a good certificate of the lab is verified, with changes."""
    usual: Mapping[str, Any] = {"now": NOW + DAY, "trust": TRUST, "statuses": statuses(), "carrier": LAMP}
    return Circumstances(**{**usual, **changes})


def statuses(signer: SigningKey = LAB, *, issued: float = NOW, revoked: Mapping[str, str] | None = None) -> tuple[StatusList, ...]:
    """Return the lab's status list."""
    return (StatusList(LIST, signer.public, int(issued), revoked or {}),)


def statement(**changes: Any) -> Statement:
    """Return a statement, with changes."""
    return replace(certified().statement, **changes)
