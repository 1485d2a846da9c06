"""The whole report as one HTML page: no script, no network, both languages in it; for a screen, for paper, light and dark."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.conformance.report.failures import failure_box
from gateway.conformance.report.markup import Markup, both, joined, table, tag
from gateway.conformance.report.security import edition, other_tests, provision_rows
from gateway.conformance.report.tables import Row, groups, subjects
from gateway.conformance.report.told import standing_word
from gateway.conformance.report.words import CHINESE, ENGLISH, Texts, check_texts, fact_texts, reason_texts, texts, word
from gateway.conformance.requirement import group_titles, requirements
from gateway.conformance.verdict import Outcome, Result, Standing, Verdict

STYLE: Final = Path(__file__).with_name("page.css")
TONES: Final = {"conformant": "passed", "incomplete": "skipped", "not-conformant": "failed", "no-verdict": "errored"}
_DECLARED: Final = ("kind", "claim", "profile", "profileHash", "features", "affordances")
_COLUMNS: Final = (Standing.PASSED, Standing.FAILED, Standing.PARTLY, Standing.SKIPPED, Standing.NOT_ASKED, Standing.ERRORED)
_TONE_OF: Final = {Standing.PARTLY: "skipped", Standing.NOT_ASKED: "skipped"}


def page(result: Result, language: str = ENGLISH) -> str:
    """Return the report of a run; `language` is the one it opens in."""
    head = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"{word('report', language)}: {result.facts.get('title') or result.target}"),
        tag("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    body = joined(*_switch(language), tag("main", *_sections(result)))
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _switch(language: str) -> Iterator[Markup]:
    """Yield the choice of language: three buttons that the style sheet alone acts on."""
    shown = {"en": word("language", ENGLISH), "zh": word("language", CHINESE), "two": "English + 中文"}
    for name, text in shown.items():
        checked = " checked" if name == {ENGLISH: "en", CHINESE: "zh"}[language] else ""
        yield Markup(f'<input class="language" type="radio" name="language" id="{name}" aria-label="{text}"{checked}>')
    yield tag("div", *(Markup(f'<label for="{name}">{text}</label>') for name, text in shown.items()), cls="languages")


def _sections(result: Result) -> Iterator[Markup]:
    yield from _top(result)
    yield from _failures(result)
    yield from _untried(result)
    yield from _facts(result)
    yield from _summary(result)
    yield from _security(result)
    yield from _verdicts(result)
    yield tag("footer", both(texts("self-declared")))


def _heading(name: str) -> Markup:
    return tag("h2", both(texts(name)), id=name)


def _top(result: Result) -> Iterator[Markup]:
    standing = standing_word(result)
    yield tag("p", both(texts("report")), cls="soft")
    yield tag("h1", str(result.facts.get("title") or result.target))
    counts = [joined(str(result.count(outcome)), " ", both(texts(outcome.value))) for outcome in Outcome if result.count(outcome)]
    banner = [tag("strong", both(texts(standing)))]
    if f"{standing}-why" in ("incomplete-why", "no-verdict-why"):
        banner.append(tag("p", both(texts(f"{standing}-why"))))
    banner.append(tag("div", *(joined(each, Markup(" &nbsp; ")) for each in counts)))
    yield tag("div", *banner, cls=f"verdict {TONES[standing]}")
    if result.stopped:
        yield tag("p", both(texts("stopped")), ": ", result.stopped)
    yield tag("p", " · ".join((result.target, _moment(result.began), f"{result.seconds:.1f} s")), cls="soft")


def _moment(began: float) -> str:
    return datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _failures(result: Result) -> Iterator[Markup]:
    if result.failures:
        yield _heading("failures")
        yield from (failure_box(verdict, first=number == 0) for number, verdict in enumerate(result.failures))


def _untried(result: Result) -> Iterator[Markup]:
    """Yield what makes the run incomplete, one row a requirement or transport, with its reasons."""
    rows: list[list[str]] = [[joined(tag("code", each), " ", _title(each)), _reasons(result, each)] for each in result.missing]
    rows += [[tag("code", transport), both(reason_texts(reason))] for transport, reason in result.unjudged.items()]
    if rows:
        yield _heading("untried")
        yield table([both(texts("requirement")), both(texts("reason"))], rows)


def _title(requirement: str) -> Markup:
    return both(requirements()[requirement].titles)


def _reasons(result: Result, requirement: str) -> Markup:
    because = {verdict.because for verdict in result.verdicts if verdict.requirement == requirement and _left_out(verdict)}
    lines = [tag("div", both(reason_texts(reason))) for reason in sorted(because)]
    return joined(*lines) if lines else both(texts("not-judged"))


def _left_out(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.SKIPPED and verdict.asked


def _facts(result: Result) -> Iterator[Markup]:
    yield _heading("device")
    yield _pairs([(fact_texts(name), str(value)) for name, value in result.facts.items() if name not in _DECLARED])
    yield _heading("declaration")
    declared = [(fact_texts(name), str(result.facts[name])) for name in _DECLARED if name in result.facts]
    claim = [] if "claim" in result.facts else [(texts("claim"), both(texts("no-claim")))]
    yield _pairs([*declared, *claim])
    shown = result.description[:400_000].decode("utf-8", "replace")
    yield tag("details", tag("summary", both(texts("description"))), tag("pre", shown), cls="description")
    yield _heading("environment")
    told = [
        (texts("target"), result.target),
        (texts("date"), _moment(result.began)),
        (texts("took"), f"{result.seconds:.1f} s"),
        (texts("seed"), str(result.seed)),
        (texts("suite"), result.suite["version"]),
        (texts("suite-hash"), result.suite["hash"]),
        (texts("root"), result.root()),
    ]
    yield _pairs([*told, *((fact_texts(name), value) for name, value in result.environment.items())])


def _pairs(rows: Iterable[tuple[Texts, str]]) -> Markup:
    body = tag("tbody", *(tag("tr", tag("td", both(name)), tag("td", text)) for name, text in rows))
    return tag("div", tag("table", body, cls="facts"), cls="wide")


def _summary(result: Result) -> Iterator[Markup]:
    yield _heading("summary")
    yield _counted("group", groups(result))
    yield tag("h3", both(texts("subjects")))
    yield _counted("subject", subjects(result))
    yield tag("p", both(texts("subjects-note")), cls="soft")


def _counted(name: str, rows: list[Row]) -> Markup:
    cells: list[list[str]] = []
    for row in rows:
        counts = [str(row.counts[standing] or "–") for standing in _COLUMNS]
        cells.append([both(row.titles), *(counts if row.judged else [both(texts("not-judged")), *[""] * (len(_COLUMNS) - 1)])])
    return table([both(texts(name)), *(both(texts(standing.value)) for standing in _COLUMNS)], cells, "counts")


def _security(result: Result) -> Iterator[Markup]:
    yield _heading("security")
    yield tag("p", edition(), cls="soft")
    yield tag("p", both(texts("security-note")), cls="soft")
    rows: list[list[str]] = []
    for row in provision_rows(result):
        tests = joined(*(joined(tag("code", test), " ", _mark(standing), " ") for test, standing in row.tests.items()))
        name = joined(tag("code", row.provision), " ", both(row.titles))
        rows.append([name, row.support or "?", row.test_group, row.verdict, tests, both(row.ixit)])
    yield table([both(texts(name)) for name in ("provision", "supported", "test-group", "outcome", "tests", "ixit")], rows)
    if others := other_tests(result):
        yield tag("h3", both(texts("security-rest")))
        yield tag(
            "p", *(joined(tag("code", test), " ", _title(test), " ", _mark(standing), Markup("<br>")) for test, standing in others.items())
        )


def _mark(standing: Standing | Outcome) -> Markup:
    tone = _TONE_OF.get(standing, standing.value) if isinstance(standing, Standing) else standing.value
    return tag("span", both(texts(standing.value)), cls=f"mark {tone}")


def _verdicts(result: Result) -> Iterator[Markup]:
    yield _heading("verdicts")
    parts: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        parts.setdefault(requirements()[verdict.requirement].group, []).append(verdict)
    headings = [both(texts(name)) for name in ("check", "title", "outcome", "seconds", "inputs", "reason")]
    for group, titles in group_titles().items():
        if group in parts:
            yield tag("h3", both(titles))
            yield table(headings, [_verdict_row(verdict) for verdict in parts[group]], "checks")


def _verdict_row(verdict: Verdict) -> list[str]:
    skipped = verdict.outcome is Outcome.SKIPPED
    why = joined(both(texts("skipped-because" if skipped else "selected")), " ", both(reason_texts(verdict.because)))
    outcome = Standing.NOT_ASKED if skipped and not verdict.asked else verdict.outcome
    title = joined(_title(verdict.requirement), tag("div", both(check_texts(verdict.name, verdict.title)), cls="soft"))
    return [tag("code", verdict.id), title, _mark(outcome), "" if skipped else f"{verdict.seconds:.2f}", str(verdict.tried or ""), why]
