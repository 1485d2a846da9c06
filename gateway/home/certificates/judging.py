"""One appliance's certificates held against what it says of itself, what it proved, and the lists of this home."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gateway.errors import CommandError
from gateway.home.twin import IDENTITY, Twin
from gateway.trust.certificate.circumstances import Carrier, Circumstances, Proof
from gateway.trust.certificate.claim import read_claim
from gateway.trust.certificate.shelf import Shelf
from gateway.trust.certificate.standing import Standing
from gateway.trust.certificate.statement import LATEST
from gateway.trust.certificate.verifying import check_claim


def carrier_of(twin: Twin) -> Carrier:
    """Return an appliance as a certificate is held against it: by its own word."""
    said = twin.values.get(IDENTITY)
    identity = said if isinstance(said, dict) else dict(twin.description.identity)
    model = twin.instance.model
    return Carrier(
        kind=model.kind,
        maker=str(identity.get("maker") or ""),
        model=str(identity.get("model") or ""),
        made=str(identity.get("made") or ""),
        firmware=str(identity.get("sw") or ""),
        profile=model.version,
        profile_hash=bytes.fromhex(model.hash),
        labels=tuple(twin.values.get("energyLabel") or ()),
    )


def bound_keys(claims: Sequence[str]) -> list[bytes]:
    """Return the keys these claims are bound to, each once; what cannot be read has none."""
    keys = []
    for claim in claims:
        try:
            keys.append(read_claim(claim).statement.bound_key)
        except CommandError:
            continue
    return [key for key in dict.fromkeys(keys) if key]


def judged(claims: Sequence[str], carrier: Carrier, proofs: Mapping[bytes, Proof], shelf: Shelf, now: float) -> list[dict[str, Any]]:
    """Return what each claim is worth, as plain data; raise ExtraMissing where signatures cannot be checked."""
    found = []
    for claim in claims:
        proof = next((proofs[key] for key in bound_keys([claim]) if key in proofs), carrier.proof)
        circumstances = Circumstances(now=now, trust=shelf.trust, statuses=shelf.statuses, carrier=replace(carrier, proof=proof))
        found.append(_document(check_claim(claim, circumstances)))
    return found


def _document(standing: Standing) -> dict[str, Any]:
    document: dict[str, Any] = {"outcome": standing.outcome.word, "step": standing.step, "reason": standing.reason}
    if (statement := standing.statement) is not None:
        until = datetime.fromtimestamp(statement.expires, UTC).date().isoformat() if statement.expires < LATEST - 1 else None
        document |= {"mark": statement.mark, "number": statement.number, "holder": statement.holder, "until": until}
    return document
