"""G3: any single change to a claim (byte, model, date, grade, key) makes it not verified, and the reason names the failed step.

With it mission M08: of twenty forged variants all are flagged, of twenty genuine ones none.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.home.certificates.judging import judged as judged_at_home
from gateway.trust.certificate.circumstances import Carrier, Circumstances, Possession, Proof
from gateway.trust.certificate.shelf import Shelf
from gateway.trust.certificate.signing import Certificate
from gateway.trust.certificate.standing import Outcome, Standing, Step
from gateway.trust.certificate.statement import Statement
from gateway.trust.certificate.status_list import read_status_list, write_status_list
from gateway.trust.certificate.verifying import check_claim, check_cose
from tests.kit.certificates import (
    COPY,
    DAY,
    FACTS,
    LAB,
    LAMP,
    MAKER,
    NOW,
    OTHER,
    UNIT,
    altered,
    certified,
    circumstances,
    key,
    statement,
    statuses,
)

GRADED = altered(certified(), grade=2, standard="GB 30255-2019", mark="eco", issued=int(NOW) - 90 * DAY)
UNDER = circumstances()

# -- one change to the bytes


def test_g3_the_claim_itself_is_verified() -> None:
    assert check_claim(GRADED.jws, UNDER).outcome is Outcome.VERIFIED
    assert check_cose(GRADED.cose, UNDER).outcome is Outcome.VERIFIED


@given(st.integers(0, len(GRADED.jws) - 1), st.characters(codec="ascii"), st.sampled_from(("replace", "insert", "delete")))
@settings(max_examples=60, deadline=None)
def test_g3_one_character_of_the_claim(position: int, character: str, how: str) -> None:
    text = GRADED.jws
    after = text[position:] if how == "insert" else text[position + 1 :]
    changed = text[:position] + ("" if how == "delete" else character) + after
    if changed != text:
        standing = check_claim(changed, UNDER)
        assert standing.outcome is Outcome.REJECTED
        assert standing.step in {Step.PARSE, Step.ISSUER, Step.SIGNATURE}
        assert standing.reason


@given(st.integers(0, len(GRADED.cose) - 1), st.integers(0, 255), st.sampled_from(("replace", "insert", "delete")))
@settings(max_examples=60, deadline=None)
@example(0, 0xD8, "replace")
@example(len(GRADED.cose), 0, "insert")
def test_g3_one_byte_of_the_certificate(position: int, byte: int, how: str) -> None:
    text = GRADED.cose
    after = text[position:] if how == "insert" else text[position + 1 :]
    changed = text[:position] + (b"" if how == "delete" else bytes([byte])) + after
    if changed != text:
        assert check_cose(changed, UNDER).outcome is Outcome.REJECTED


# -- one change to what it says, by somebody without the issuer's key and with the old signature


FORGED_MEMBERS: dict[str, Any] = {
    "mark": "hulian-conformance",
    "number": "another",
    "holder": "Other Works",
    "models": ("HS-*",),
    "kind": "plug",
    "issued": int(NOW) - 100 * DAY,
    "expires": int(NOW) + 9999 * DAY,
    "bound_key": COPY.public,
    "standard": "GB 1-2000",
    "grade": 1,
    "profile": "1.0.1",
    "profile_hash": bytes(32),
    "firmware": "1.0.1",
    "firmware_hash": bytes(32),
    "suite": "9.9.9",
    "suite_hash": bytes(32),
    "verdict_root": bytes(32),
    "passed": 99,
    "skipped": 0,
    "status": "a list that is empty",
}


@pytest.mark.parametrize("member", FORGED_MEMBERS)
def test_g3_one_member_under_the_old_signature(member: str) -> None:
    forged = with_signature_of(GRADED, altered(GRADED, **{member: FORGED_MEMBERS[member]}))
    for standing in (check_claim(forged.jws, UNDER), check_cose(forged.cose, UNDER)):
        assert (standing.outcome, standing.step) == (Outcome.REJECTED, Step.SIGNATURE), member


def test_g3_every_member_was_forged() -> None:
    assert FORGED_MEMBERS.keys() == {field.name for field in fields(Statement)}


def with_signature_of(good: Certificate, other: Certificate) -> Certificate:
    """Return what the other says, under the signature of the good one."""
    jws = f"{other.jws.rpartition('.')[0]}.{good.jws.rpartition('.')[2]}"
    return Certificate(other.statement, other.cose[:-64] + good.cose[-64:], jws)


# -- one change to what it is held against


CHANGED_APPLIANCES: dict[str, tuple[dict[str, Any], Step]] = {
    "kind": ({"kind": "plug"}, Step.MODEL),
    "model": ({"model": "HS-L10"}, Step.MODEL),
    "made before": ({"made": "2026-01-01"}, Step.DATES),
    "made after": ({"made": "2030-01-01"}, Step.DATES),
    "firmware": ({"firmware": "2.0.0"}, Step.MODEL),
    "profile": ({"profile_hash": bytes(32)}, Step.MODEL),
    "grade": ({"labels": ({"std": "GB 30255-2019", "grade": 3},)}, Step.LABEL),
    "no label": ({"labels": ()}, Step.LABEL),
    "another's key": ({"proof": Proof(Possession.WRONG, "copy")}, Step.POSSESSION),
    "no key": ({"proof": Proof(Possession.UNABLE, "copy")}, Step.POSSESSION),
    "no answer": ({"proof": Proof(Possession.UNANSWERED, "away")}, Step.POSSESSION),
}


@pytest.mark.parametrize("change", CHANGED_APPLIANCES)
def test_g3_one_change_to_the_appliance(change: str) -> None:
    terms, step = CHANGED_APPLIANCES[change]
    standing = check_claim(GRADED.jws, circumstances(carrier=replace(LAMP, **terms)))
    assert standing.outcome < Outcome.VERIFIED
    assert standing.step is step


# -- M08


def unsecured(**payload: Any) -> str:
    """Return a mark as bodies could give it today: a claim nobody signed."""
    parts = (rfc8785.dumps({"alg": "none"}), rfc8785.dumps(payload))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


CCC = {"mark": "ccc", "certNo": "2026011001234567", "holder": FACTS.maker, "model": ["HS-L9"], "kind": "light"}
WATER = {"mark": "water-saving", "certNo": "W-1", "holder": FACTS.maker, "model": "HS-*", "kind": "light"}
Case = tuple[Callable[[], str], dict[str, Any]]


def jws(signer: Any = LAB, **changes: Any) -> Callable[[], str]:
    return lambda: altered(certified(signer), signer, **changes).jws


def lamp(**changes: Any) -> dict[str, Carrier]:
    return {"carrier": replace(LAMP, **changes)}


def revoked() -> Case:
    certificate = certified()
    return lambda: certificate.jws, {"statuses": statuses(revoked={certificate.statement.number: "2027-01-15"})}


FORGED: dict[str, Case] = {
    "wrong issuer: a stranger in the maker's name": (jws(key("stranger")), {}),
    "wrong issuer: another maker": (jws(OTHER), {}),
    "wrong issuer: a maker gives another's mark": (jws(MAKER, mark="eco"), {}),
    "expired": (jws(), {"now": NOW + 366 * DAY, "statuses": statuses(issued=NOW + 366 * DAY)}),
    "still to come": (jws(issued=int(NOW) + 30 * DAY), {}),
    "revoked": revoked(),
    "other model": (jws(models=("HS-L1",)), {}),
    "a model that begins alike": (jws(models=("HS-L",)), {}),
    "other kind": (jws(kind="plug"), {}),
    "other maker's goods": (jws(holder="Test Works"), {}),
    "altered grade": (jws(grade=1, standard="GB 30255-2019"), {}),
    "altered text": (lambda: with_signature_of(certified(), certified(facts=replace(FACTS, firmware="1.0.0.0"))).jws, {}),
    "signature of another": (lambda: with_signature_of(certified(MAKER), certified()).jws, {}),
    "replayed on another appliance": (jws(), lamp(proof=Proof(Possession.WRONG, "copy"))),
    "replayed on one that proves nothing": (jws(), lamp(proof=Proof(Possession.UNABLE, "copy"))),
    "another profile under that name": (jws(profile_hash=bytes(32)), {}),
    "made after it ended": (jws(), lamp(made="2030-01-01")),
    "nobody signed ours": (lambda: unsecured(**CCC | {"mark": "hulian-conformance"}), {}),
    "a real mark of another model": (lambda: unsecured(**CCC | {"model": ["HS-L1"]}), {}),
    "a real mark that ended": (lambda: unsecured(**CCC | {"iat": 1, "exp": int(NOW)}), {}),
}
GENUINE: dict[str, Case] = {
    "as signed": (jws(), {}),
    "the last second": (jws(), {"now": NOW + 365 * DAY - 1, "statuses": statuses(issued=NOW + 364 * DAY)}),
    "a clock a little behind": (jws(), {"now": NOW - 200}),
    "a model by its beginning": (jws(models=("HS-*",)), {}),
    "one of several models": (jws(models=("HS-L1", "HS-L9")), {}),
    "with the grade of the label": (jws(grade=2, standard="GB 30255-2019"), {}),
    "another's mark it may sign": (jws(mark="eco", issued=int(NOW) - 90 * DAY), {}),
    "made the day it was issued": (jws(mark="eco"), lamp(made="2027-01-15")),
    "made long before it was tested": (jws(), lamp(made="2020-01-01")),
    "no day it was made": (jws(), lamp(made="")),
    "another was revoked": (jws(), {"statuses": statuses(revoked={"other": "2027-01-01"})}),
    "to be revoked later": (lambda: GRADED.jws, {"statuses": statuses(revoked={GRADED.statement.number: "2027-06-01"})}),
    "a list of six days ago": (jws(), {"statuses": statuses(issued=NOW - 5 * DAY)}),
    "a newer profile here": (jws(), lamp(profile="1.2.0", profile_hash=bytes(32))),
    "without a word on firmware": (jws(firmware="", firmware_hash=b""), {}),
    "a maker's own": (jws(MAKER, status=""), {}),
    "a maker's own, by a key nobody knows": (jws(key("new"), holder="New Works", status=""), lamp(maker="New Works")),
    "a real mark": (lambda: unsecured(**CCC), {}),
    "a real mark with dates": (lambda: unsecured(**CCC | {"iat": int(NOW) - 900 * DAY, "exp": int(NOW) + 900 * DAY}), {}),
    "a real mark with one model": (lambda: unsecured(**WATER), {}),
}
REAL = ("a real mark", "a real mark with dates", "a real mark with one model")


def judged(case: Case) -> Standing:
    return check_claim(case[0](), circumstances(**case[1]))


@pytest.mark.parametrize("name", FORGED)
def test_g3_m08_a_forged_one_is_rejected_with_its_step(name: str) -> None:
    standing = judged(FORGED[name])
    assert standing.outcome is Outcome.REJECTED, standing.words
    assert standing.step
    assert standing.reason


@pytest.mark.parametrize("name", GENUINE)
def test_g3_m08_a_genuine_one_is_not_flagged(name: str) -> None:
    standing = judged(GENUINE[name])
    wanted = Outcome.UNVERIFIED if name in REAL else Outcome.SELF_DECLARED if "own" in name else Outcome.VERIFIED
    assert standing.outcome is wanted, standing.words


def test_g3_m08_there_are_twenty_of_each() -> None:
    assert (len(FORGED), len(GENUINE)) == (20, 20)


@pytest.mark.parametrize("mark", ["ccc", "green-product", "smart-appliance", "iot", "elderly", "water-saving"])
def test_g3_a_real_mark_is_never_verified_whoever_signed_it(mark: str) -> None:
    claims = (unsecured(**CCC | {"mark": mark}), altered(certified(), mark=mark, issued=int(NOW) - 90 * DAY).jws)
    everything = replace(UNDER.trust.issuers[0], marks=frozenset({mark}))
    for claim in claims:
        standing = check_claim(claim, circumstances(trust=replace(UNDER.trust, issuers=(everything,))))
        assert (standing.outcome, standing.step) == (Outcome.UNVERIFIED, Step.ISSUER)
        assert "register" in standing.reason


def test_g3_a_mark_with_a_mistake_is_refused() -> None:
    changes: tuple[dict[str, Any], ...] = (
        *({"mark": "ccc!"}, {"certNo": ""}, {"certNo": 5}, {"model": 5}, {"model": []}),
        *({"kind": ""}, {"iat": "x"}, {"grade": True}),
    )
    for change in changes:
        assert check_claim(unsecured(**CCC | change), UNDER).step is Step.PARSE


@pytest.mark.parametrize("moment", [0, 1, 2**31, 2**32, 2**37 - 2])
def test_g3_the_ends_of_the_calendar_raise_nothing(moment: int) -> None:
    for issued, expires in ((moment, moment + 1), (0, moment + 1), (moment, 2**37 - 1)):
        claim = altered(certified(), issued=issued, expires=expires).jws
        assert check_claim(claim, UNDER).statement is not None
        assert judged_at_home([claim], LAMP, {}, Shelf(UNDER.trust, ()), NOW)[0]["number"]
    assert read_status_list(write_status_list("lab", {"a": "9999-12-31", "b": "0001-01-01"}, LAB, moment)).revoked_on("b", NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["ccc", "light", "EdDSA"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("mark", "certNo", "holder", "model", "kind", "std", "grade", "iat", "exp", "jti", "iss", "cnf", "vc", "status")
TYPES = st.sampled_from(["hulian-certificate+jwt", "JWT", None])


@given(TYPES, st.dictionaries(st.sampled_from(("alg", "kid", "typ", "crit")), JSON), st.dictionaries(st.sampled_from(MEMBERS), JSON), JSON)
@settings(max_examples=40, deadline=None)
def test_g3_whatever_a_stranger_writes_raises_nothing(typ: str | None, header: Any, payload: Any, subject: Any) -> None:
    head = {"alg": "EdDSA", "kid": LAB.id} | header | ({"typ": typ} if typ else {})
    for body in (payload, {"mark": "ccc"} | payload, payload | {"jti": "n", "iat": 1, "exp": 2, "vc": {"credentialSubject": subject}}):
        assert check_claim(signed(head, body), UNDER).outcome < Outcome.VERIFIED


@pytest.mark.parametrize("deep", [900, 1010])
@pytest.mark.parametrize("body", ['{"vc":%s}', '{"mark":"ccc","model":%s}', '{"mark":%s}'])
def test_g3_nesting_without_end_raises_nothing(deep: int, body: str) -> None:
    for typ in ("hulian-certificate+jwt", "JWT"):
        head = {"alg": "EdDSA", "kid": LAB.id, "typ": typ}
        assert check_claim(signed(head, (body % ("[" * deep + "]" * deep)).encode()), UNDER).outcome is Outcome.REJECTED


def signed(header: Any, payload: Any) -> str:
    """Return a JWS whose signature is right, whatever it says."""
    texts = [each if isinstance(each, bytes) else json.dumps(each).encode("utf-8", "surrogatepass") for each in (header, payload)]
    message = ".".join(base64.urlsafe_b64encode(text).rstrip(b"=").decode() for text in texts)
    return f"{message}.{base64.urlsafe_b64encode(LAB.sign(message.encode())).rstrip(b'=').decode()}"


def test_g3_nothing_that_was_said_is_lost() -> None:
    standing = check_claim(GRADED.jws, UNDER)
    assert standing.statement == GRADED.statement
    assert isinstance(UNDER, Circumstances)
    assert statement().bound_key == UNIT.public
