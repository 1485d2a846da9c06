"""A run of a scene as one looks on: how many devices are done, and each with its outcome."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.faces.web.measured import measured, started
from gateway.faces.web.parts import box, icon, link, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment
from gateway.faces.web.value import told as told_value
from gateway.scenes.report import Line, Outcome, Report

FEW: Final = 3
"""Appliances that a sentence names."""

_SIGNS: Final = {
    Outcome.OPEN: ("hourglass_empty", "soft"),
    Outcome.DONE: ("check_circle", "good"),
    Outcome.ALREADY: ("check_circle_outline", "good"),
    Outcome.LATE: ("schedule", "warn"),
    Outcome.FAILED: ("error_outline", "bad"),
    Outcome.UNREACHABLE: ("wifi_off", "bad"),
    Outcome.ROLLED_BACK: ("undo", "warn"),
    Outcome.NOT_ROLLED_BACK: ("error_outline", "bad"),
    Outcome.NOT_TRIED: ("block", "soft"),
}


def summary(page: Sheet, report: Report) -> tuple[str, str]:
    """Return how a run stands, in a sentence, and its tone."""
    say, total = page.tongue, len(report.lines)
    if report.ended is None:
        done = sum(line.outcome is not Outcome.OPEN for line in report.lines)
        return say("scene.running", n=done, all=total), "warn"
    if report.good:
        return say("scene.back" if report.undoes else "scene.good", all=total), "good"
    bad = dict.fromkeys(_name(page, line.device) for line in report.lines if not line.outcome.good)
    told_ = say("scene.bad", n=sum(not line.outcome.good for line in report.lines), all=total)
    told_ += say("colon") + say.comma.join(list(bad)[:FEW]) + (" …" if len(bad) > FEW else "") if bad else ""
    return told_ + (f" ({page.tongue.said(report.why)})" if report.why else ""), "bad"


def _name(page: Sheet, device: str) -> str:
    return page.name(page.whole.home.twin(device)) if device in page.whole.home.devices() else device


def told(page: Sheet, report: Report) -> None:
    """Draw a run: its sentence, each device, and what was measured."""
    words, tone = summary(page, report)
    with box("row", role="status"):
        text(words, f"badge {tone} literal", "span")
        text(f"{moment(report.began, page.now())} · {page.tongue.who(report.by.name)}", "soft small literal", "span")
    document = page.whole.scenes.document(report)
    started(page, document)
    lines = list(zip(report.lines, document["lines"], strict=False))
    if report.ended is not None:  # while it goes on every line keeps its place
        lines.sort(key=lambda pair: pair[0].outcome.good)
    for line, shown_line in lines:
        _line(page, line, shown_line)
    measured(page, document)


def _line(page: Sheet, line: Line, document: Mapping[str, Any]) -> None:
    sign, tone = _SIGNS.get(line.outcome, ("help_outline", "soft"))
    with link(f"/device/{line.device}", "trouble"):
        icon(sign, tone)
        with box("grow"):
            text(_name(page, line.device), "literal")
            text(asked_words(page, line.device, document), "soft small literal")
            if line.detail:
                text(page.tongue.said(line.detail), "small literal bad")
        text(page.tongue(f"outcome.{line.outcome.value}"), "soft small", "span")


def rehearsed_line(page: Sheet, document: Mapping[str, Any]) -> None:
    """Draw what a device of the copy came to."""
    device, outcome = str(document["device"]), Outcome(document["outcome"])
    sign, tone = _SIGNS.get(outcome, ("help_outline", "soft"))
    with box("row"):
        icon(sign, tone)
        with box("grow"):
            text(_name(page, device), "literal")
            text(asked_words(page, device, document), "soft small literal")
            if document.get("detail"):
                text(page.tongue.said(str(document["detail"])), f"small literal {'soft' if outcome.good else 'bad'}")
        text(page.tongue(f"outcome.{outcome.value}"), "small", "span")


def asked_words(page: Sheet, device: str, document: Mapping[str, Any]) -> str:
    """Return what a device was asked for."""
    say = page.tongue
    instance = page.whole.home.twin(device).instance if device in page.whole.home.devices() else None
    if "invoke" in document:
        known = None if instance is None else instance.actions.get(document["invoke"])
        return document["invoke"] if known is None else say.title(known.schema, known.name)
    told_ = []
    for name, value in document.get("set", {}).items():
        schema = instance.properties[name].schema if instance is not None and name in instance.properties else {}
        told_.append(say("scene.plan.set", name=say.title(schema, name), value=told_value(say, schema, name, value)))
    return say.comma.join(told_)
