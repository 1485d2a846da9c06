"""A run as a person at a terminal sees it: what is tried now, one line for each verdict, every failure at once and whole, and the end."""

from types import TracebackType
from typing import Final, Self

from rich.status import Status
from rich.text import Text

from gateway.cli.output import console
from gateway.conformance.order import Ready
from gateway.conformance.report.told import parts, standing_word
from gateway.conformance.report.words import reason_texts, said, word
from gateway.conformance.requirement import requirements
from gateway.conformance.selection import Selected
from gateway.conformance.suite import suite
from gateway.conformance.verdict import Outcome, Result, Verdict

STYLES: Final = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "dim", Outcome.ERRORED: "bold yellow"}
ENDS: Final = {"conformant": "bold green", "incomplete": "bold yellow", "not-conformant": "bold red", "no-verdict": "bold yellow"}
WHOLE: Final = 5
"""Failures that are shown whole; of later ones the report has everything."""


class View:
    """Hears what goes on in a run; a context manager, because of the line at the bottom of a terminal."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._out = console()
        self._status: Status | None = Status("", console=self._out) if self._out.is_terminal else None
        self._done = self._all = self._failed = 0

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, told: "Ready | Selected | Verdict") -> None:
        """Show what was told."""
        match told:
            case Ready():
                self._begun(told)
            case Selected():
                if self._status is not None:
                    self._status.update(Text(f"{told.id}  {self._done + 1}/{self._all}", style="cyan"))
            case Verdict():
                self._done += 1
                self._verdict(told)

    def _begun(self, ready: Ready) -> None:
        self._all = len(ready.selection)
        facts, found = ready.facts, ready.opened
        kind = f"{facts.get('kind') or self._word('not-of-standard')} {facts.get('profile', '')}".strip()
        over = ", ".join(map(str, found.lines)) or self._word("description-only")
        self._out.print(Text.assemble((str(facts.get("title") or "–"), "bold"), f"  {kind}  {self._word('over')} {over}"))
        for transport, reason in found.closed.items():
            self._out.print(Text(f"{transport}: {self._word('not-judged')}: {reason}", style="yellow"))
        skipped = sum(bool(each.skip) for each in ready.selection)
        told = {"version": suite()["version"], "seed": ready.runner.seed, "checks": self._all, "skipped": skipped}
        self._out.print(Text(self._word("begun").format(**told), style="dim"))

    def _verdict(self, verdict: Verdict) -> None:
        skipped = verdict.outcome is Outcome.SKIPPED
        name = "not-asked" if skipped and not verdict.asked else verdict.outcome.value
        because = f"{self._word('skipped-because' if skipped else 'selected')} {self._reason(verdict)}"
        self._out.print(
            Text.assemble(
                (f"{self._word(name):<10}", STYLES[verdict.outcome]),
                f" {verdict.id:<22}",
                ("        " if skipped else f"{verdict.seconds:6.1f} s", "dim"),
                f"  {said(requirements()[verdict.requirement].titles, self._language)}",
                (f"  – {because}", "dim"),
            )
        )
        if verdict.outcome in (Outcome.FAILED, Outcome.ERRORED):
            self._failed += 1
            if self._failed <= WHOLE:
                self._out.print(failure_text(verdict, self._language))

    def _word(self, name: str) -> str:
        return word(name, self._language)

    def _reason(self, verdict: Verdict) -> str:
        return said(reason_texts(verdict.because), self._language)


def failure_text(verdict: Verdict, language: str) -> Text:
    """Return a failure with all its parts, each on a line of its own."""
    lines = Text()
    for heading, body in parts(verdict, language):
        lines.append(f"    {heading}  " if heading else "    ", style="bold")
        lines.append(body.replace("\n", "\n      ") + "\n")
    return lines


def show_end(result: Result, language: str) -> None:
    """Print how a run ended: the verdict on the whole, what was not tried, and the counts."""
    out, standing = console(), standing_word(result)
    counts = ", ".join(f"{result.count(each)} {word(each.value, language)}" for each in Outcome if result.count(each))
    out.print(Text.assemble((f"\n{word(standing, language)}", ENDS[standing]), f"  {counts}  {result.seconds:.1f} s, seed {result.seed}"))
    if result.stopped:
        out.print(Text(f"{word('stopped', language)}: {result.stopped}", style="yellow"))
    if result.missing or result.unjudged:
        out.print(Text(_untried(result, language, standing), style="yellow"))
    if standing == "no-verdict":
        out.print(Text(word("no-verdict-why", language), style="yellow"))
    if len(result.failures) > 1:
        out.print(Text(f"{word('failures', language)}: {', '.join(verdict.id for verdict in result.failures)}", style="red"))


def _untried(result: Result, language: str, standing: str) -> str:
    """Return what was asked and not tried; what this run was not to try is only counted."""
    tried_at_all = result.standings()
    lost = [each for each in result.missing if each in tried_at_all]
    lost += [f"{transport} ({said(reason_texts(why), language)})" for transport, why in result.unjudged.items()]
    others = len(result.missing) - sum(each in tried_at_all for each in result.missing)
    told = word("incomplete-why" if standing == "incomplete" else "untried", language)
    more = [word("left-out", language).format(count=others)] if others else []
    return f"{told}: {', '.join([*lost, *more])}"
