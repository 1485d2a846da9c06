"""The check of a certificate, step by step in the order of the standard; every step but the first is one small function below.

    parse -> issuer -> signature -> dates -> model -> label -> possession -> status

A step that finds it false ends the check: *rejected*. One that cannot be sure lowers what is left to be said, and the check goes on:
something false further down still counts. Without an appliance the steps about one are left out.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from gateway.errors import CommandError
from gateway.trust.certificate.circumstances import Carrier, Circumstances, Possession
from gateway.trust.certificate.claim import TYPE, read_claim
from gateway.trust.certificate.cose import read_cose
from gateway.trust.certificate.jws import parts
from gateway.trust.certificate.marks import REAL, read_mark
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.signing_key import key_id
from gateway.trust.certificate.standing import Finding, Outcome, Standing, Step
from gateway.trust.certificate.statement import OWN_MARK, Statement, covers
from gateway.trust.certificate.status_list import FRESH_SECONDS
from gateway.trust.certificate.trust_list import Issuer, day_start

SKEW_SECONDS: Final = 300
"""How far the issuer's clock and this one may be apart."""
WRITTEN: Final = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""No clock that shows less than this is right."""
_LIMIT: Final = 8192


def check_claim(text: str, circumstances: Circumstances) -> Standing:
    """Return how far a claim (JWS) is to be believed; nothing a stranger writes raises. Raise ExtraMissing."""
    try:
        header = parts(text, _LIMIT)[0]
        signed = read_claim(text) if header.get("typ") == TYPE else read_mark(text)
    except CommandError as error:
        return Standing(Outcome.REJECTED, Step.PARSE, str(error))
    return check(signed, circumstances)


def check_cose(text: bytes, circumstances: Circumstances) -> Standing:
    """Return how far a certificate in its COSE form is to be believed; as `check_claim`."""
    try:
        signed = read_cose(text)
    except CommandError as error:
        return Standing(Outcome.REJECTED, Step.PARSE, str(error))
    return check(signed, circumstances)


def check(signed: Signed, circumstances: Circumstances) -> Standing:
    """Return how far something that could be read is to be believed."""
    standing = Standing(Outcome.VERIFIED, statement=signed.statement)
    for step, found in STEPS:
        finding = found(signed, circumstances)
        if finding is None or finding.outcome >= standing.outcome:
            continue
        standing = Standing(finding.outcome, step, finding.reason, signed.statement)
        if finding.outcome is Outcome.REJECTED:
            break
    return standing


def _issuer(signed: Signed, circumstances: Circumstances) -> Finding | None:
    statement = signed.statement
    if statement.mark in REAL:
        return _doubt(f"marks like {statement.mark} carry no signature today: look up number {statement.number} in the public register")
    rows = circumstances.trust.of(signed.issuer)
    if not rows:
        return _unknown(signed, circumstances)
    issuer = next((row for row in rows if row.may(statement.mark, statement.kind)), rows[0])
    if not issuer.may(statement.mark, statement.kind):
        return _false(f"{issuer.name} may not sign {statement.mark} for {statement.kind}")
    if not issuer.since <= statement.issued < issuer.until:
        return _false(f"{issuer.name} might not sign on the day it was issued")
    return _own_word(issuer, statement) if issuer.role != "third-party" else None


def _unknown(signed: Signed, circumstances: Circumstances) -> Finding:
    statement = signed.statement
    if circumstances.trust.maker(statement.holder):
        return _false(f"it is signed with {key_id(signed.issuer)}, which is not the key that {statement.holder} is known by")
    if statement.mark != OWN_MARK:
        return _doubt(f"no trust list names {key_id(signed.issuer)}, which signed it")
    return Finding(Outcome.SELF_DECLARED, f"signed with {key_id(signed.issuer)}, which no trust list names: its maker's own word")


def _own_word(issuer: Issuer, statement: Statement) -> Finding:
    if issuer.role != "maker":
        return _false(f"{issuer.name} signs lists, not certificates")
    if issuer.name != statement.holder:
        return _false(f"{issuer.name} signed it, for goods of {statement.holder}")
    return Finding(Outcome.SELF_DECLARED, f"{issuer.name} declares it itself")


def _signature(signed: Signed, _circumstances: Circumstances) -> Finding | None:
    if not signed.issuer or signed.genuine():  # of marks that nobody signs the step before has said so
        return None
    return _false("the signature is not of this text: something in it was changed")


def _dates(signed: Signed, circumstances: Circumstances) -> Finding | None:
    statement, now = signed.statement, circumstances.now
    if now < WRITTEN:
        return _doubt(f"the clock here shows {_day(now)}, so dates cannot be judged: set it")
    if statement.issued > now + SKEW_SECONDS:
        return _false(f"it was issued on {_day(statement.issued)}, which is still to come")
    if statement.expires <= now:
        return _false(f"it ended on {_day(statement.expires)}")
    return _when_made(statement, circumstances.carrier.made) if circumstances.carrier is not None else None


def _when_made(statement: Statement, made: str) -> Finding | None:
    """Hold it against the day the appliance was made. A run is of one that is there already; other marks are for what is made later."""
    if not made:
        return None
    try:
        day = day_start(made)
    except CommandError:
        return _doubt(f"the day the appliance was made, {made}, cannot be read")
    if day > statement.expires:
        return _false(f"the appliance was made on {made}, after the certificate had ended")
    if statement.mark != OWN_MARK and made < _day(statement.issued):
        return _false(f"the appliance was made on {made}, before it was issued on {_day(statement.issued)}")
    return None


def _model(signed: Signed, circumstances: Circumstances) -> Finding | None:
    statement, carrier = signed.statement, circumstances.carrier
    if carrier is None:
        return None
    if other := _other_goods(statement, carrier):
        return _false(other)
    if not carrier.model:
        return _doubt("the appliance does not say which model it is")
    if statement.firmware and carrier.firmware and statement.firmware != carrier.firmware:
        return _doubt(f"it was tested with firmware {statement.firmware}, and has {carrier.firmware} now")
    return None


def _other_goods(statement: Statement, carrier: Carrier) -> str:
    """Return why a certificate is for other goods than the ones that carry it, "" when it is not."""
    if statement.kind != carrier.kind:
        return f"it is for {statement.kind}, and this is {carrier.kind}"
    if carrier.model and not any(covers(pattern, carrier.model) for pattern in statement.models):
        return f"it is for model {', '.join(statement.models)}, and this is {carrier.model}"
    if statement.mark == OWN_MARK and carrier.maker and carrier.maker != statement.holder:
        return f"it is for goods of {statement.holder}, and this was made by {carrier.maker}"
    if statement.profile and statement.profile == carrier.profile and statement.profile_hash != carrier.profile_hash:
        return f"profile {statement.kind} {statement.profile} that it was tested with is not the published one"
    return ""


def _label(signed: Signed, circumstances: Circumstances) -> Finding | None:
    statement, carrier = signed.statement, circumstances.carrier
    if carrier is None or statement.grade is None:
        return None
    same = [label for label in carrier.labels if not statement.standard or label.get("std") == statement.standard]
    if not same:
        return _doubt(f"the appliance shows no label of {statement.standard or 'any standard'} to compare grade {statement.grade} with")
    if all(label.get("grade") != statement.grade for label in same):
        return _false(f"it says grade {statement.grade}, the label of the appliance grade {same[0].get('grade')}")
    return None


def _possession(signed: Signed, circumstances: Circumstances) -> Finding | None:
    carrier = circumstances.carrier
    if carrier is None:
        return None
    if not signed.statement.bound_key:
        return _doubt("it is bound to no key of the appliance, so a copy of it looks the same")
    proof = carrier.proof
    if proof.possession is Possession.PROVED:
        return None
    if proof.possession is Possession.UNANSWERED:
        return _doubt(f"the appliance has not proved its key: {proof.reason}")
    return _false(proof.reason)


def _status(signed: Signed, circumstances: Circumstances) -> Finding | None:
    statement = signed.statement
    mine = [each for each in circumstances.statuses if each.signer == signed.issuer and each.name == statement.status]
    for day in filter(None, (each.revoked_on(statement.number, circumstances.now) for each in mine)):
        return _false(f"it was withdrawn on {day}")
    if not statement.status:
        vouched = any(row.role == "third-party" for row in circumstances.trust.of(signed.issuer))
        return _doubt("it names no list that could withdraw it") if vouched else None
    newest = max((each.issued for each in mine), default=None)
    if newest is None:
        return _doubt(f"there is no status list {statement.status} here: hulian certificate status --add FILE")
    if newest > circumstances.now + SKEW_SECONDS:
        return _doubt("its status list is dated in the future")
    if circumstances.now - newest > FRESH_SECONDS:
        return _doubt(f"its status list is of {_day(newest)}, older than 7 days: hulian certificate status --add FILE")
    return None


def _doubt(reason: str) -> Finding:
    return Finding(Outcome.UNVERIFIED, reason)


def _false(reason: str) -> Finding:
    return Finding(Outcome.REJECTED, reason)


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(max(seconds, 0.0), UTC).date().isoformat()


STEPS: Final[tuple[tuple[Step, Callable[[Signed, Circumstances], Finding | None]], ...]] = (
    (Step.ISSUER, _issuer),
    (Step.SIGNATURE, _signature),
    (Step.DATES, _dates),
    (Step.MODEL, _model),
    (Step.LABEL, _label),
    (Step.POSSESSION, _possession),
    (Step.STATUS, _status),
)
