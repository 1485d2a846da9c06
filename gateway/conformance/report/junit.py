"""JUnit XML as CI servers read it: one suite a group, one case a check, with time, the reason of a skip and the text of a failure."""

import re
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from gateway.conformance.report.told import text
from gateway.conformance.report.words import ENGLISH, said
from gateway.conformance.requirement import group_titles, requirements
from gateway.conformance.verdict import Outcome, Result, Verdict

FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""
NAME: Final = "hulian conformance"


def junit(result: Result) -> bytes:
    """Return a run as a document of test suites."""
    root = ET.Element("testsuites", {"name": NAME, **_counts(result.verdicts), "time": f"{result.seconds:.3f}"})
    groups: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        groups.setdefault(requirements()[verdict.requirement].group, []).append(verdict)
    for group, verdicts in groups.items():
        _suite(root, group, verdicts, result)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite(root: ET.Element, group: str, verdicts: list[Verdict], result: Result) -> None:
    seconds = sum(verdict.seconds for verdict in verdicts)
    began = datetime.fromtimestamp(result.began, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    title = said(group_titles()[group], ENGLISH)
    facts = {"name": f"{NAME}: {title}", **_counts(verdicts), "time": f"{seconds:.3f}", "timestamp": began, "hostname": "localhost"}
    suite = ET.SubElement(root, "testsuite", facts)
    properties = ET.SubElement(suite, "properties")
    known = {"target": result.target, "seed": result.seed, "suite.version": result.suite["version"], "suite.hash": result.suite["hash"]}
    for name, value in {**known, **result.facts}.items():
        ET.SubElement(properties, "property", {"name": name, "value": _legal(str(value))})
    for verdict in verdicts:
        _case(suite, group, verdict)


def _counts(verdicts: "tuple[Verdict, ...] | list[Verdict]") -> dict[str, str]:
    def many(outcome: Outcome) -> str:
        return str(sum(verdict.outcome is outcome for verdict in verdicts))

    counted = {"failures": many(Outcome.FAILED), "errors": many(Outcome.ERRORED), "skipped": many(Outcome.SKIPPED)}
    return {"tests": str(len(verdicts)), **counted}


def _case(suite: ET.Element, group: str, verdict: Verdict) -> None:
    facts = {"classname": f"hulian.{group}.{verdict.requirement}", "name": verdict.id, "time": f"{verdict.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", facts)
    match verdict.outcome:
        case Outcome.SKIPPED:
            ET.SubElement(case, "skipped", {"message": _legal(verdict.because)})
        case Outcome.FAILED:
            failure = ET.SubElement(case, "failure", {"message": _legal(f"expected: {verdict.expected}"), "type": verdict.requirement})
            failure.text = _legal(text(verdict))
        case Outcome.ERRORED:
            error = ET.SubElement(case, "error", {"message": _legal(verdict.expected), "type": "suite-defect"})
            error.text = _legal(text(verdict))


def _legal(text: str) -> str:
    return FORBIDDEN.sub("�", text)
