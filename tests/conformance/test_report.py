"""What a vendor, a CI server and a laboratory are shown of a run."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.conformance.report.folder import write_report
from gateway.conformance.report.junit import junit
from gateway.conformance.report.page import page
from gateway.conformance.report.records import lines
from gateway.conformance.report.security import other_tests, provision_rows
from gateway.conformance.report.tables import groups, subjects
from gateway.conformance.report.told import parts, standing_word, text
from gateway.conformance.report.words import CHINESE, ENGLISH, reason_texts, texts
from gateway.conformance.requirement import group_titles, requirements
from gateway.conformance.verdict import Outcome, Standing, standings
from gateway.errors import SetupError
from gateway.trust.certificate.statement import verdict_root
from tests.conformance.results import HOSTILE, failed, result, skipped, verdict

RUN = result(
    verdict("T1", tried=12),
    failed(),
    skipped("R1"),
    skipped("C4", "it has no long action", asked=False),
    verdict("X4"),
    verdict("D3"),
    verdict("E1"),
    missing=("R1",),
    unjudged={"mqtt": "it was left out of this run (--transport)"},
)


class Reader(HTMLParser):
    """The texts of a page by language, and whatever could reach out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.reaching: list[str] = []
        self.languages: set[str] = set()
        self.open: list[str] = []
        self.crossed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.languages.add(given.get("lang") or ENGLISH)
        if tag in {"script", "link", "img", "iframe", "object"} or {"src", "href", "onload", "onclick"} & given.keys():
            self.reaching.append(tag)
        if tag not in {"meta", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.crossed += self.open.pop() != tag


def test_the_page_is_one_file_that_reaches_nowhere_and_says_everything_in_both_languages() -> None:
    shown = page(RUN)
    reader = Reader()
    reader.feed(shown)
    assert reader.reaching == []
    assert reader.open == []
    assert reader.crossed == 0
    assert reader.languages == {ENGLISH, CHINESE}
    assert "url(" not in shown
    assert "@import" not in shown
    for each in (*RUN.verdicts, *RUN.facts.values(), RUN.suite["hash"], "coap://192.0.2.7", "2026-11-30"):
        assert (each if isinstance(each, str) else each.id) in shown
    for requirement in ("E4", "R1"):
        assert all(requirements()[requirement].titles[language] in shown for language in (ENGLISH, CHINESE))
    assert requirements()["E4"].todo[CHINESE] in shown
    assert "A plug&quot;" not in shown
    assert '{"title": "A plug"}' in shown


def test_what_a_target_sends_cannot_write_the_page() -> None:
    shown = page(RUN)
    assert "</script>" not in shown
    assert "<b>&" not in shown
    assert "\0" not in shown
    shown.encode()


@pytest.mark.parametrize(("language", "button"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_the_page_opens_in_the_language_of_the_run(language: str, button: str) -> None:
    assert re.findall(r'id="(\w+)"[^>]* checked', page(RUN, language)) == [button]


def test_junit_counts_what_there_is_and_carries_reasons_and_the_whole_failure() -> None:
    root = ET.fromstring(junit(RUN))
    cases = root.findall("./testsuite/testcase")
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["7", "1", "0", "2"]
    assert sum(int(suite.get("tests", "")) for suite in root) == len(cases) == len(RUN.verdicts)
    assert all(float(case.get("time", "")) >= 0 and case.get("classname") for case in cases)
    by_name = {case.get("name"): case for case in cases}
    reason = by_name["R1"].find("skipped")
    failure = by_name["E4[coap]"].find("failure")
    assert reason is not None
    assert reason.get("message") == "it needs hands that can do power (--control)"
    assert failure is not None
    assert failure.get("message") == "expected: it is refused"
    assert requirements()["E4"].why[ENGLISH] in (failure.text or "")


def test_a_defect_of_the_suite_is_an_error_in_junit_and_no_verdict_on_the_target() -> None:
    run = result(verdict("T1"), verdict("S1", Outcome.ERRORED, expected="a verdict"))
    root = ET.fromstring(junit(run))
    assert root.get("errors") == "1"
    assert root.find(".//error") is not None
    assert not run.conformant
    assert standing_word(run) == "no-verdict"


def test_json_lines_begin_with_the_run_and_end_with_its_result() -> None:
    records = [json.loads(line) for line in lines(result(*RUN.verdicts[:1], failed(came=b"\xff", sent={1: HOSTILE[:-6]})))]
    assert [record["event"] for record in records] == ["run", "verdict", "verdict", "end"]
    assert records[2]["frames"][0]["what"] == "PUT p/faults"
    assert records[-1]["standing"] == "not-conformant"
    assert records[-1]["counts"] == {"passed": 1, "failed": 1, "skipped": 0, "errored": 0}


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (RUN, "not-conformant"),
        (result(verdict("T1")), "conformant"),
        (result(verdict("T1"), missing=("S1",)), "incomplete"),
        (result(verdict("T1"), unjudged={"mqtt": "nobody answers"}), "incomplete"),
        (result(verdict("T1"), stopped="by hand"), "incomplete"),
        (result(skipped("T1")), "no-verdict"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_whole_has_one_word(run: object, word: str) -> None:
    assert standing_word(run) == word  # type: ignore[arg-type]


def test_a_requirement_stands_as_its_worst_part_does() -> None:
    found = standings(
        [
            verdict("S4.grows"),
            skipped("S4.boots"),
            verdict("C1"),
            failed("C1.bare"),
            verdict("T7"),
            skipped("T7.x", asked=False),
            skipped("C5", asked=False),
            skipped("R1"),
        ]
    )
    assert found == {
        "S4": Standing.PARTLY,
        "C1": Standing.FAILED,
        "T7": Standing.PASSED,
        "C5": Standing.NOT_ASKED,
        "R1": Standing.SKIPPED,
    }


def test_a_failure_is_told_with_requirement_sent_came_expected_why_and_what_to_do() -> None:
    told = dict(parts(failed(), CHINESE))
    assert [*told] == [texts(name)[CHINESE] for name in ("requirement", "check", "sent", "came", "expected", "failing", "why", "todo")]
    assert "E4" in text(failed(gone=True))
    assert text(failed(gone=True)).endswith(texts("gone")[ENGLISH])


def test_the_security_table_claims_nothing_that_was_not_seen() -> None:
    rows = {row.provision: row for row in provision_rows(RUN)}
    assert (rows["5.13-1B"].verdict, rows["5.13-1B"].support) == ("INCONCLUSIVE", "")  # E2 and E3 were not tried
    assert (rows["5.6-2"].verdict, rows["5.6-2"].support) == ("PASS", "Y")
    assert rows["5.5-5"].verdict == "INCONCLUSIVE"
    broken = {row.provision: row for row in provision_rows(result(verdict("E1"), failed("E2"), verdict("E3")))}
    assert (broken["5.13-1B"].verdict, broken["5.13-1B"].support) == ("FAIL", "N")
    apart = provision_rows(result(skipped("X1", asked=False), skipped("X2", asked=False), skipped("X3", asked=False)))
    assert {row.provision: row.support for row in apart}["5.5-5"] == "N/A"
    assert other_tests(result(verdict("X5"), verdict("X4"))) == {"X5": Standing.PASSED}
    assert all(test in requirements() for row in provision_rows(RUN) for test in row.tests)


def test_verdicts_are_counted_by_group_and_by_the_subjects_of_the_chinese_standard() -> None:
    counted = {row.titles[ENGLISH]: dict(row.counts) for row in groups(RUN)}
    assert counted["Errors"] == {Standing.FAILED: 1, Standing.PASSED: 1}
    assert [row.judged for row in subjects(RUN)] == [True, False, False, False]
    through = result(verdict("T1"), facts={"coap": "coap://192.0.2.1/d/lamp-1"})
    assert subjects(through)[0].titles == texts("appliance-through")


def test_a_report_folder_has_every_form_and_the_capsules_of_this_run_only(tmp_path: Path) -> None:
    write_report(tmp_path, result(failed("S1"), failed()))
    written = write_report(tmp_path, RUN)
    assert [path.name for path in written] == ["capsule-E4-coap.json"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html",
        "junit.xml",
        "verdicts.jsonl",
        "security.json",
        "td.json",
        "capsule-E4-coap.json",
    }


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SetupError, match="cannot be written"):
        write_report(tmp_path / "taken", RUN)


def test_every_text_of_the_suite_is_there_in_both_languages() -> None:
    for each in requirements().values():
        for found in (each.titles, each.why, each.todo):
            assert not found or set(found) == {ENGLISH, CHINESE}, each.id
    assert set(group_titles()) == {each.group for each in requirements().values()}
    assert reason_texts("it has no mqtt")[CHINESE] == "设备没有 mqtt"
    assert reason_texts("S1 is asked of every plug, over coap")[CHINESE] != reason_texts("S1 is asked of every plug, over coap")[ENGLISH]
    assert reason_texts("what a check said itself")[CHINESE] == "what a check said itself"


def test_the_root_in_a_report_is_the_one_a_certificate_of_the_run_would_carry() -> None:
    assert RUN.root() == verdict_root(RUN.certified()).hex()
    assert set(RUN.certified().values()) == {"passed", "failed", "skipped"}
