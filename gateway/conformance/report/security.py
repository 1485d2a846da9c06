"""The security tests in the shape of ETSI TS 103 701: provision, support, functional test group, verdict, and the IXIT still to be given.

Nothing is claimed that was not seen: a provision whose tests were only partly tried is INCONCLUSIVE, and the conceptual test group never
has a verdict here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.conformance.report.words import Texts
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Result, Standing
from gateway.profile.resolver import read_yaml

FILE: Final = Path(__file__).with_name("provisions.yaml")
SECURITY: Final = "security"
PASS, FAIL, INCONCLUSIVE, NOT_APPLICABLE = "PASS", "FAIL", "INCONCLUSIVE", "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionRow:
    """`support`: Y, N, N/A as the ICS says it, "" where this run cannot tell; `tests`: id to standing; `conceptual` is never judged."""

    provision: str
    titles: Texts
    support: str
    test_group: str
    verdict: str
    ixit: Texts
    tests: Mapping[str, Standing]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "provision": self.provision,
            "title": self.titles["en"],
            "support": self.support or None,
            "testGroup": self.test_group,
            "functional": self.verdict,
            "conceptual": "not examined",
            "ixit": self.ixit["en"],
            "tests": {test: standing.value for test, standing in self.tests.items()},
        }


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(FILE)
    return found


def edition() -> str:
    """Return which editions the table is about."""
    return str(_document()["edition"])


def provision_rows(result: Result) -> list[ProvisionRow]:
    """Return one row for each provision."""
    return [_row(provision, row, result.standings()) for provision, row in _document()["provisions"].items()]


def other_tests(result: Result) -> dict[str, Standing]:
    """Return the security tests of the run that no provision of the table is about."""
    told = {test for row in _document()["provisions"].values() for test in row["tests"]}
    stands = result.standings()
    return {test: standing for test, standing in stands.items() if requirements()[test].group == SECURITY and test not in told}


def _row(provision: str, row: Mapping[str, Any], stands: Mapping[str, Standing]) -> ProvisionRow:
    tests = {test: stands.get(test, Standing.SKIPPED) for test in row["tests"]}
    verdict = _verdict(set(tests.values()))
    return ProvisionRow(
        provision=provision,
        titles=row["title"],
        support={PASS: "Y", FAIL: "N", NOT_APPLICABLE: "N/A"}.get(verdict, ""),
        test_group=f"{provision} (functional)",
        verdict=verdict,
        ixit=row["ixit"],
        tests=tests,
    )


def _verdict(stands: set[Standing]) -> str:
    if Standing.FAILED in stands:
        return FAIL
    asked = stands - {Standing.NOT_ASKED}
    if not asked:
        return NOT_APPLICABLE
    return PASS if asked == {Standing.PASSED} else INCONCLUSIVE
