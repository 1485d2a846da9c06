"""The check of a certificate: each step finds what it is for, names itself, and is silent on a good one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.trust.certificate.circumstances import Possession, Proof
from gateway.trust.certificate.standing import Outcome, Standing, Step
from gateway.trust.certificate.statement import OWN_MARK
from gateway.trust.certificate.trust_list import NOBODY, Issuer, TrustList
from gateway.trust.certificate.verifying import check_claim, check_cose
from tests.kit.certificates import DAY, FACTS, LAB, LAMP, MAKER, NOW, OTHER, TRUST, UNIT, altered, certified, circumstances, key, statuses

GOOD = certified()
STRANGER = key("stranger")
WRITTEN_LATER = NOW + 400 * DAY


def stands(certificate: Any = GOOD, **changes: Any) -> tuple[str, Step | None]:
    """Return the word and the step, the same for both forms."""
    under = circumstances(**changes)
    found = [check_claim(certificate.jws, under), check_cose(certificate.cose, under)]
    assert found[0] == found[1]
    return found[0].outcome.word, found[0].step


def lamp(**changes: Any) -> Any:
    return replace(LAMP, **changes)


def test_a_good_one_is_verified_and_its_makers_own_word_is_called_that() -> None:
    assert stands() == ("verified", None)
    assert stands(certified(MAKER, status="")) == ("self-declared", Step.ISSUER)
    assert stands(certified(STRANGER, status=""), trust=NOBODY) == ("self-declared", Step.ISSUER)
    assert Standing(Outcome.VERIFIED).words == "verified"


def test_issuer() -> None:
    assert stands(trust=NOBODY, statuses=()) == ("unverified", Step.STATUS), "a stranger's word that could be withdrawn, unseen"
    assert stands(certified(STRANGER)) == ("rejected", Step.ISSUER), "the maker is known by another key"
    assert stands(certified(OTHER)) == ("rejected", Step.ISSUER), "another vendor's key"
    assert stands(altered(GOOD, MAKER, mark="eco")) == ("rejected", Step.ISSUER), "a maker gives no other mark"
    assert stands(altered(GOOD, STRANGER, mark="eco"), trust=NOBODY, carrier=lamp(made="2027-01-16")) == ("unverified", Step.ISSUER)
    only_plugs = replace(TRUST.issuers[0], kinds=frozenset({"plug"}))
    assert stands(trust=TrustList((only_plugs,))) == ("rejected", Step.ISSUER)
    assert stands(trust=TrustList((replace(TRUST.issuers[0], until=NOW - DAY),))) == ("rejected", Step.ISSUER)
    assert stands(trust=TrustList((replace(TRUST.issuers[0], role="lists"),))) == ("rejected", Step.ISSUER)
    lists_only = replace(TRUST.issuers[0], role="lists", name=FACTS.maker)
    assert stands(trust=TrustList((lists_only,))) == ("rejected", Step.ISSUER), "who signs lists signs nothing else, in whatever name"
    assert stands(trust=TrustList((only_plugs, replace(only_plugs, kinds=frozenset({"light"}))))) == ("verified", None), "a second row"


def test_signature() -> None:
    other = certified(facts=replace(FACTS, model="HS-L10"))
    head, _, signature = GOOD.jws.rpartition(".")
    swapped = f"{head}.{other.jws.rpartition('.')[2]}"
    assert check_claim(swapped, circumstances()).step is Step.SIGNATURE
    assert check_cose(GOOD.cose[:-64] + other.cose[-64:], circumstances()).outcome is Outcome.REJECTED
    assert check_claim(f"{head}.{signature}", circumstances()).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    ("now", "stand"),
    [
        (NOW - 300, ("verified", None)),
        (NOW - 301, ("rejected", Step.DATES)),
        (NOW + 365 * DAY - 1, ("verified", None)),
        (NOW + 365 * DAY, ("rejected", Step.DATES)),
        (0.0, ("unverified", Step.DATES)),
        (datetime(2026, 10, 31, tzinfo=UTC).timestamp(), ("unverified", Step.DATES)),
    ],
)
def test_dates_now_with_a_clock_that_is_a_little_or_wholly_wrong(now: float, stand: tuple[str, Step | None]) -> None:
    assert stands(now=now, statuses=statuses(issued=max(now, NOW - 300))) == stand


def test_dates_at_manufacture() -> None:
    eco = altered(GOOD, mark="eco")
    assert stands(carrier=lamp(made="2027-01-14")) == ("verified", None), "a run is of an appliance that is there already"
    assert stands(eco, carrier=lamp(made="2027-01-14")) == ("rejected", Step.DATES), "a mark is for what is made afterwards"
    assert stands(eco, carrier=lamp(made="2027-01-15")) == ("verified", None)
    assert stands(eco, carrier=lamp(made="")) == ("verified", None)
    assert stands(carrier=lamp(made="2029-01-01")) == ("rejected", Step.DATES)
    assert stands(carrier=lamp(made="yesterday")) == ("unverified", Step.DATES)


def test_model_and_kind() -> None:
    assert stands(carrier=lamp(kind="plug")) == ("rejected", Step.MODEL)
    assert stands(carrier=lamp(model="HS-L99")) == ("rejected", Step.MODEL)
    assert stands(altered(GOOD, models=("HS-*",)), carrier=lamp(model="HS-L99")) == ("verified", None)
    assert stands(altered(GOOD, models=("HS-[A-Z]9", "X*")), carrier=lamp()) == ("rejected", Step.MODEL), "no pattern but a beginning"
    assert stands(carrier=lamp(maker="Other Works")) == ("rejected", Step.MODEL)
    assert stands(carrier=lamp(model="")) == ("unverified", Step.MODEL)
    assert stands(carrier=lamp(firmware="1.0.1")) == ("unverified", Step.MODEL)
    assert stands(carrier=lamp(firmware="")) == ("verified", None)
    assert stands(carrier=lamp(profile_hash=bytes(32))) == ("rejected", Step.MODEL)
    assert stands(carrier=lamp(profile="1.1.0", profile_hash=bytes(32))) == ("verified", None), "a newer profile has another hash"


def test_label() -> None:
    graded = altered(GOOD, grade=2, standard="GB 30255-2019")
    assert stands(graded) == ("verified", None)
    assert stands(altered(GOOD, grade=1, standard="GB 30255-2019")) == ("rejected", Step.LABEL)
    assert stands(altered(GOOD, grade=2, standard="GB 1-2000")) == ("unverified", Step.LABEL)
    assert stands(graded, carrier=lamp(labels=())) == ("unverified", Step.LABEL)


def test_possession() -> None:
    for possession, word in ((Possession.WRONG, "rejected"), (Possession.UNABLE, "rejected"), (Possession.UNANSWERED, "unverified")):
        assert stands(carrier=lamp(proof=Proof(possession, "why"))) == (word, Step.POSSESSION)
    assert stands(certified(bound_key=None)) == ("unverified", Step.POSSESSION)
    assert stands(certified(MAKER, bound_key=None, status="")) == ("unverified", Step.POSSESSION), "a copy of a maker's word too"


def test_status() -> None:
    number = GOOD.statement.number
    assert stands(statuses=statuses(revoked={number: "2027-01-15"})) == ("rejected", Step.STATUS)
    assert stands(statuses=statuses(revoked={number: "2027-01-17"})) == ("verified", None), "not yet"
    assert stands(statuses=statuses(revoked={"other": "2027-01-15"})) == ("verified", None)
    assert stands(statuses=()) == ("unverified", Step.STATUS)
    assert stands(statuses=statuses(OTHER)) == ("unverified", Step.STATUS), "only its issuer says that all is well"
    assert stands(statuses=statuses(OTHER, revoked={number: "2027-01-15"})) == ("unverified", Step.STATUS), "or withdraws it"
    assert stands(certified(status="")) == ("unverified", Step.STATUS), "one that nobody could withdraw"
    assert stands(certified(status="another")) == ("unverified", Step.STATUS)
    assert stands(statuses=statuses(issued=NOW + DAY - 7 * DAY)) == ("verified", None)
    assert stands(statuses=statuses(issued=NOW + DAY - 7 * DAY - 1)) == ("unverified", Step.STATUS)
    assert stands(statuses=statuses(issued=NOW + 3 * DAY)) == ("unverified", Step.STATUS), "a list from the future"
    old = statuses(issued=NOW - 30 * DAY, revoked={number: "2026-12-01"})
    assert stands(statuses=old) == ("rejected", Step.STATUS), "an old list still withdraws"
    assert stands(statuses=(*old, *statuses())) == ("rejected", Step.STATUS)


def test_something_false_counts_also_behind_something_doubtful() -> None:
    assert stands(certified(bound_key=None), statuses=statuses(), carrier=lamp(firmware="2"))[1] is Step.MODEL
    assert stands(certified(STRANGER, facts=replace(FACTS, model="HS-1"), status=""), trust=NOBODY) == ("rejected", Step.MODEL)


def test_the_paper_alone_can_be_looked_at() -> None:
    assert stands(carrier=None) == ("verified", None)
    assert stands(certified(bound_key=None), carrier=None) == ("verified", None)
    assert stands(altered(GOOD, kind="plug"), carrier=None) == ("verified", None)


def test_the_reason_says_what_a_person_can_do() -> None:
    old = check_claim(GOOD.jws, circumstances(statuses=statuses(issued=NOW - 30 * DAY)))
    assert old.words == "unverified at status: its status list is of 2026-12-16, older than 7 days: hulian certificate status --add FILE"
    copy = check_claim(GOOD.jws, circumstances(carrier=lamp(model="HS-L10")))
    assert copy.words == "rejected at model: it is for model HS-L9, and this is HS-L10"
    assert UNIT.id != LAB.id
    assert Issuer(name="x", key=b"", role="lists", marks=frozenset()).may(OWN_MARK, "light") is False
