"""JSON lines: the run, each verdict, and how it ended; the same documents whether they are written as they come or at the end."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.conformance.plain import dumped
from gateway.conformance.report.expectations import expected_texts
from gateway.conformance.report.told import standing_word
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Outcome, Result, Verdict


def began(target: str, facts: Mapping[str, Any], suite: Mapping[str, str], seed: int, checks: int) -> dict[str, Any]:
    """Return the first record."""
    return {"event": "run", "target": target, "seed": seed, "suite": dict(suite), "checks": checks, "facts": dict(facts)}


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """Return the record of a verdict with group, subject and titles of its requirement; of a failure why it matters, and its frames."""
    about = requirements()[verdict.requirement]
    told: dict[str, Any] = {"group": about.group, "subject": about.subject.value, "titles": dict(about.titles)}
    if verdict.outcome is Outcome.FAILED:
        told |= {"why": dict(about.why), "todo": dict(about.todo), "expectedTexts": dict(expected_texts(verdict.expected))}
    return {"event": "verdict", **verdict.document(), **told, **({"frames": verdict.frames} if verdict.frames else {})}


def ended(result: Result) -> dict[str, Any]:
    """Return the last record."""
    return {
        "event": "end",
        "standing": standing_word(result),
        "conformant": result.conformant,
        "complete": result.complete,
        "counts": {outcome.value: result.count(outcome) for outcome in Outcome},
        "missing": list(result.missing),
        "unjudged": dict(result.unjudged),
        "stopped": result.stopped,
        "seconds": round(result.seconds, 3),
        "root": result.root(),
    }


def lines(result: Result) -> Iterator[bytes]:
    """Yield a whole run, one JSON object a line."""
    records = [began(result.target, result.facts, result.suite, result.seed, len(result.verdicts))]
    for record in (*records, *map(verdict_record, result.verdicts), ended(result)):
        yield dumped(record) + b"\n"
