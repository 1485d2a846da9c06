"""What is still open in a home, in both languages: each a sentence about something that somebody should do before it is handed over."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.cli.scene_report import WORDS as OUTCOMES
from gateway.cli.sheet.facts import Facts, called
from gateway.cli.sheet.words import Texts, filled, word
from gateway.profile.sentences import in_languages

NAMED: Final = 5
"""Appliances that wait and are named; of more only their number is told: many a neighbour's answers, too."""


class Problem(NamedTuple):
    """One. `grave`: something does not work now; else it is only not finished."""

    grave: bool
    texts: Texts


def problems(facts: Facts, faults: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """Return everything that is open, what does not work first; `faults`: the catalogue of the standard."""
    found = [*_devices(facts, faults), *_scenes(facts), *_inbox(facts), *_wires(facts)]
    return sorted(found, key=lambda problem: not problem.grave)


def _devices(facts: Facts, faults: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    feeding = {link["device"] for link in facts.links if link["relation"] == "feeds"}
    fed = {link["other"] for link in facts.links}
    for device in facts.devices:
        who, state = called(device), device["availability"]
        if state["state"] == "offline":
            yield Problem(True, filled("offline", device=who, why=in_languages(state["reason"] or "?")))
        for fault in device["state"].get("faults") or ():
            code = str(fault.get("code", "?"))
            yield Problem(True, _fault(who, code, faults.get(code, {}).get("titles") or {}))
        for standing in device["certificates"]["standings"]:
            if standing["outcome"] == "rejected":
                yield Problem(True, filled("certificate-rejected", device=who, why=in_languages(standing["reason"])))
        if not device.get("room"):
            yield Problem(False, filled("no-room", device=who))
        if device["kind"] == "plug" and device["id"] not in feeding:
            yield Problem(False, filled("plug-feeds-nothing", device=who))
        if device["locality"] == "assumed" and device["id"] not in fed:
            yield Problem(False, filled("nothing-proves", device=who))


def _fault(who: str, code: str, titles: Mapping[str, str]) -> Texts:
    chosen = {language: titles.get(language) or titles.get("en") or code for language in ("en", "zh-Hans")}
    return {language: word("fault")[language].format(device=who, fault=title, code=code) for language, title in chosen.items()}


def _inbox(facts: Facts) -> Iterator[Problem]:
    for entry in facts.inbox:
        title = f"{entry['title']} ({entry['unit']})"
        if entry["refused"]:
            yield Problem(True, filled("refused", unit=title, why=in_languages(entry["refused"])))
        elif entry["state"] == "pending" and entry["missing"]:
            yield Problem(False, filled("waits-for-key", unit=title, needs=", ".join(entry["missing"])))
    waiting = [entry["title"] for entry in facts.inbox if entry["state"] == "pending" and not entry["missing"] and not entry["refused"]]
    if waiting:
        more = f" (+ {len(waiting) - NAMED})" if len(waiting) > NAMED else ""
        yield Problem(False, filled("waits", count=len(waiting), units=", ".join(waiting[:NAMED]) + more))


def _scenes(facts: Facts) -> Iterator[Problem]:
    names = {device["id"]: called(device) for device in facts.devices}
    for scene in facts.scenes:
        name, report, rehearsal = _named(scene), scene["report"], facts.rehearsals.get(scene["id"])
        for note in scene["notes"]:
            yield Problem(bool(note["error"]), filled("scene-note", scene=name, line=note["line"], text=in_languages(note["text"])))
        if report is not None and report["ended"] is not None and not report["good"]:
            yield Problem(True, filled("scene-failed", scene=name, devices=", ".join(_bad(report, names)) or in_languages(report["why"])))
        if rehearsal is None:
            yield Problem(False, filled("not-rehearsed", scene=name))
        elif not rehearsal["good"]:
            yield Problem(True, filled("rehearsal-bad", scene=name, why=_reasons(rehearsal, names)))
        elif not rehearsal.get("current", True):
            yield Problem(False, filled("rehearsal-old", scene=name))


def _named(scene: Mapping[str, Any]) -> Texts:
    """Return what a scene is called in both languages, with the name it is run by."""
    names = {language: scene["names"].get(language) for language in ("en", "zh-Hans")}
    return {language: f"{name} ({scene['id']})" if name else str(scene["id"]) for language, name in names.items()}


def _reasons(rehearsal: Mapping[str, Any], names: Mapping[str, str]) -> Texts:
    """Return why a rehearsal was not good: who was not as the scene wants it, with why, and what ended it."""
    who = [
        f"{names.get(each['device'], each['device'])}: {each['detail'] or OUTCOMES.get(each['outcome'], each['outcome'])}"
        for each in _most(rehearsal)
    ]
    return in_languages("; ".join(filter(None, [*who, str(rehearsal.get("why") or "")])))


def _most(rehearsal: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return those who were not good, each once and no more than are named; what came of the scene's end is no reason of theirs."""
    own = {each["device"]: each for each in rehearsal.get("bad", ()) if each["outcome"] not in {"rolledBack", "notTried"}}
    return list(own.values())[:NAMED]


def _bad(report: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    bad = [str(line["device"]) for line in report["lines"] if line["outcome"] not in {"done", "already"}]
    return [names.get(device, device) for device in dict.fromkeys(bad)]


def _wires(facts: Facts) -> Iterator[Problem]:
    for missing in facts.status.get("wiresMissing", ()):
        yield Problem(False, filled("wire-missing", wire=str(missing)))
