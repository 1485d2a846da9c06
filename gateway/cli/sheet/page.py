"""The hand-over sheet as one HTML page: no script, no network, both languages in it; for a screen and for A4."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.cli.sheet.facts import Facts, called
from gateway.cli.sheet.problems import Problem
from gateway.cli.sheet.words import Texts, filled, word
from gateway.conformance.report.markup import Markup, both, joined, table, tag
from gateway.faces.web.phrases import LANGUAGES, tongue

STYLE: Final = Path(__file__).with_name("page.css")
SWITCH: Final = {"en": "English", "zh": "中文", "two": "English + 中文"}
"""The languages it can be shown in: the id of each choice, and what it is called."""
CONTACTS: Final = ("installer", "property", "service", "network", "other")
SHOWN: Final = 60
"""Open things that are told one by one; a home with more is not ready to be handed over."""
_STATES: Final = {"online": "online", "offline": "away", "stale": "stale", "sleeping": "sleeping"}


def page(facts: Facts, problems: Sequence[Problem], kinds: Mapping[str, Texts], at: str, shown: str) -> str:
    """Return the sheet; `kinds`: titles of kinds, `at`: the moment in words, `shown`: one of SWITCH it opens in."""
    title = word("sheet")["en" if shown == "en" else "zh-Hans"]
    head = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    main = tag("main", *_top(facts, problems, at), *_open(problems), *_rooms(facts, kinds), *_scenes(facts), *_links(facts), *_blanks())
    body = joined(*_switch(shown), main)
    return f'<!doctype html>\n<html lang="{"en" if shown == "en" else "zh-Hans"}"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _switch(shown: str) -> Iterator[Markup]:
    """Yield the choice of language: buttons that the style sheet alone acts on."""
    for name, text in SWITCH.items():
        checked = " checked" if name == shown else ""
        yield Markup(f'<input class="language" type="radio" name="language" id="{name}" aria-label="{text}"{checked}>')
    yield tag("div", *(Markup(f'<label for="{name}">{text}</label>') for name, text in SWITCH.items()), cls="languages")


def _top(facts: Facts, problems: Sequence[Problem], at: str) -> Iterator[Markup]:
    rooms = sum(bool(room) for room, _ in facts.rooms())
    yield tag("h1", both(word("sheet")))
    yield tag("p", both(filled("counts", devices=len(facts.devices), rooms=rooms, scenes=len(facts.scenes))))
    hub = filled("hub", hub=facts.status["gateway"], version=facts.status["version"])
    yield tag("p", both(filled("made", at=at)), cls="soft")
    yield tag("p", both(hub), cls="soft")
    grave = sum(problem.grave for problem in problems)
    if not problems:
        yield tag("div", tag("p", both(word("ready"))), cls="verdict good")
        return
    counts = [("grave", grave), ("unfinished", len(problems) - grave)]
    lines = [tag("p", both(filled(name, count=count))) for name, count in counts if count]
    yield tag("div", *lines, cls=f"verdict {'bad' if grave else 'open'}")


def _open(problems: Sequence[Problem]) -> Iterator[Markup]:
    if not problems:
        return
    yield tag("h2", both(word("problems")))
    items = [tag("li", *_lines(problem.texts), cls="bad" if problem.grave else "open") for problem in problems[:SHOWN]]
    more = [tag("li", f"+ {len(problems) - SHOWN}", cls="open")] if len(problems) > SHOWN else []
    yield tag("ul", *items, *more, cls="problems")


def _lines(texts: Texts) -> tuple[Markup, ...]:
    """Return a sentence that begins with its own span in either language."""
    found = both(texts)
    return (found,) if found.startswith("<span") else (tag("span", found),)


def _rooms(facts: Facts, kinds: Mapping[str, Texts]) -> Iterator[Markup]:
    yield tag("h2", both(word("rooms")))
    if not facts.devices:
        yield tag("p", both(word("no-devices")))
    headings = [both(word(name)) for name in ("appliance", "kind", "model", "locality", "certificate", "state")]
    for room, devices in facts.rooms():
        named = {language: tongue(language).room(room) for language in LANGUAGES} if room else word("nowhere")
        yield tag("section", tag("h3", both(named)), table(headings, [_device(device, kinds) for device in devices], cls="devices"))


def _device(device: Mapping[str, Any], kinds: Mapping[str, Texts]) -> list[Markup]:
    identity = {**device["identity"], **(device["private"].get("identity") or {})}
    made = " ".join(str(identity[name]) for name in ("maker", "brand", "model") if identity.get(name))
    state = device["availability"]["state"]
    tags = [tag("small", ", ".join(device["tags"]))] if device.get("tags") else []
    wire = (device.get("wire") or {}).get("title") or ""
    return [
        joined(tag("strong", called(device)), tag("small", device["id"]), *tags),
        both(kinds.get(device["kind"], {"en": device["kind"]})),
        joined(made or "–", tag("small", wire)) if wire else joined(made or "–"),
        both(word(device["locality"])),
        _certificates(device["certificates"]["standings"]),
        tag("span", both(word(_STATES.get(state, "away"))), cls="good" if state == "online" else "bad"),
    ]


def _certificates(standings: Sequence[Mapping[str, Any]]) -> Markup:
    if not standings:
        return Markup("–")
    lines = []
    for each in standings:
        what = f"{each.get('mark') or ''} {each.get('number') or ''}".strip()
        until = f" → {each['until']}" if each.get("until") else ""
        lines.append(tag("div", both(word(each["outcome"])), tag("small", f"{what}{until}")))
    return joined(*lines)


def _scenes(facts: Facts) -> Iterator[Markup]:
    yield tag("h2", both(word("scenes")))
    if not facts.scenes:
        yield tag("p", both(word("no-scenes")))
        return
    rows = [[_scene_name(scene), _run(scene["report"]), _rehearsed(facts.rehearsals.get(scene["id"]))] for scene in facts.scenes]
    yield table([both(word(name)) for name in ("scene", "last-run", "rehearsal")], rows, cls="scenes")


def _scene_name(scene: Mapping[str, Any]) -> Markup:
    return joined(tag("strong", both({"en": scene["id"], **scene["names"]})), tag("small", scene["id"]))


def _run(report: Mapping[str, Any] | None) -> Markup:
    if report is None:
        return both(word("never"))
    if report["ended"] is None:
        return both(word("running"))
    seconds = filled("took", seconds=f"{report['ended'] - report['began']:.1f}")
    return joined(_result(good=report["good"]), tag("small", _moment(report["began"])), tag("small", both(seconds)))


def _rehearsed(rehearsal: Mapping[str, Any] | None) -> Markup:
    if rehearsal is None:
        return both(word("never"))
    lines = [_result(good=bool(rehearsal["good"])), tag("small", _moment(rehearsal["at"]))]
    if isinstance(rehearsal.get("seconds"), int | float):
        lines.append(tag("small", both(filled("took", seconds=f"{rehearsal['seconds']:.1f}"))))
    peak = (rehearsal.get("power") or {}).get("peak")
    if isinstance(peak, int | float):
        lines.append(tag("small", both(filled("peak", watts=f"{peak:.0f}"))))
    return joined(*lines)


def _result(*, good: bool) -> Markup:
    return tag("span", both(word("good" if good else "bad")), cls="good" if good else "bad")


def _moment(at: Any) -> str:
    """Return a moment in the time of whoever makes the sheet; a text stays as it is."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M") if isinstance(at, int | float) else str(at)


def _links(facts: Facts) -> Iterator[Markup]:
    if facts.links:
        yield tag("h2", both(word("links")))
        said = [filled(link["relation"], one=link["name"], other=link["otherName"]) for link in facts.links]
        yield tag("ul", *(tag("li", *_lines(texts)) for texts in said))


def _blanks() -> Iterator[Markup]:
    """Yield what is filled in by hand."""
    headings = [both(word(name)) for name in ("who", "name", "phone", "hours")]
    contacts = table(headings, [[both(word(name)), "", "", ""] for name in CONTACTS], cls="blank")
    yield tag("section", tag("h2", both(word("contacts"))), contacts, cls="together")
    signed = table([both(word(name)) for name in ("by", "to", "date")], [["", "", ""]], cls="blank")
    yield tag("section", tag("h2", both(word("signed"))), signed, cls="together")
    yield tag("footer", both(word("no-secrets")))
