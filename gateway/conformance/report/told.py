"""One failure as a person needs it: what was asked, what was sent, what came, what was expected, why it matters, what to do."""

from collections.abc import Iterator
from typing import Any, Final

from gateway.conformance.plain import dumped
from gateway.conformance.report.expectations import expected_texts
from gateway.conformance.report.words import CHINESE, ENGLISH, check_texts, said, texts
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Outcome, Result, Verdict

LONGEST: Final = 600
"""Characters of a value that are shown; the capsule has all of it."""


def value_text(value: Any, longest: int = LONGEST) -> str:
    """Return any value on one line, cut where it is very long."""
    text = value if isinstance(value, str) else dumped(value).decode()
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text)} characters)"


def parts(verdict: Verdict, language: str = ENGLISH) -> Iterator[tuple[str, str]]:
    """Yield the parts of a failure as heading and text, those there are."""
    about = requirements()[verdict.requirement]
    told = {
        "requirement": f"{verdict.requirement}: {said(about.titles, language)}",
        "check": f"{verdict.id}: {said(check_texts(verdict.name, verdict.title), language)}",
        "sent": _shown(verdict.sent),
        "came": _shown(verdict.came),
        "expected": said(expected_texts(verdict.expected), language),
        "failing": "" if _shown(verdict.failing) == _shown(verdict.sent) else _shown(verdict.failing),
        "why": said(about.why, language),
        "todo": said(about.todo, language),
    }
    yield from ((said(texts(name), language), text) for name, text in told.items() if text)
    if verdict.gone:
        yield "", said(texts("gone"), language)


def _shown(value: Any) -> str:
    return "" if value is None else value_text(value)


def text(verdict: Verdict, language: str = ENGLISH) -> str:
    """Return a failure as plain text, one part a line."""
    return "\n".join(f"{heading}: {body}" if heading else body for heading, body in parts(verdict, language))


def standing_word(result: Result) -> str:
    """Return the word for the whole: conformant, not-conformant, incomplete, no-verdict."""
    if result.count(Outcome.FAILED):
        return "not-conformant"
    if result.count(Outcome.ERRORED) or not result.count(Outcome.PASSED):
        return "no-verdict"
    return "conformant" if result.complete else "incomplete"


__all__ = ["CHINESE", "ENGLISH", "parts", "standing_word", "text", "value_text"]
