"""The hand-over sheet: one file that needs nothing, everything escaped, both languages, and what is open told first."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from gateway.cli.sheet.facts import Facts, gathered
from gateway.cli.sheet.page import SWITCH, page
from gateway.cli.sheet.problems import problems
from gateway.cli.sheet.words import FILE, word
from gateway.profile.resolver import read_yaml
from gateway.thing.description import Locality

NASTY = "<script>alert('x')</script>&\"灯"
KINDS = {"light": {"en": "Light", "zh-Hans": "灯"}}


def device(name: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": name, "name": name, "kind": "light", "room": "hall", "tags": [], "locality": "local", "state": {"$": {}}}
    made |= {"availability": {"state": "online", "reason": ""}, "identity": {"maker": "Sim", "model": "L1"}, "private": {}, "wire": None}
    return made | {"certificates": {"settled": True, "standings": []}} | more


def facts(*devices: dict[str, Any], **more: Any) -> Facts:
    status = {"gateway": "hub-1", "version": "1.0", "wiresMissing": []}
    return Facts(**{"status": status, "devices": devices, "inbox": (), "links": (), "scenes": (), "rehearsals": {}, **more})


def made(home: Facts, shown: str = "two") -> str:
    return page(home, problems(home, {}), KINDS, "2026-11-30 07:00", shown)


class Reader(HTMLParser):
    """Notes what a page asks for from outside, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.outside += [value or "" for name, value in attributes if name in {"src", "href", "action", "srcset"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("shown", SWITCH)
def test_a_page_needs_nothing_and_runs_nothing_whatever_things_are_called(shown: str) -> None:
    scene = {"id": "s", "names": {"en": NASTY}, "report": None, "notes": [{"line": 3, "text": NASTY, "error": False}]}
    entry = {"title": NASTY, "unit": "a:b", "state": "pending", "missing": ["token"], "refused": ""}
    away = device(NASTY, room=NASTY, tags=[NASTY], availability={"state": "offline", "reason": NASTY})
    links = ({"relation": "feeds", "name": NASTY, "otherName": NASTY, "device": "a", "other": "b"},)
    text = made(facts(away, scenes=(scene,), inbox=(entry,), links=links), shown)
    reader = Reader()
    reader.feed(text)
    assert reader.outside == []
    assert "script" not in reader.tags
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert reader.text.count(NASTY) >= 6


def test_what_does_not_work_comes_first_and_in_both_languages() -> None:
    off = device("Lamp", availability={"state": "offline", "reason": "gone"}, room="")
    broken = device("Other", state={"$": {}, "faults": [{"code": "E1"}]})
    found = problems(facts(off, broken), {"E1": {"titles": {"en": "Too hot", "zh-Hans": "过热"}}})
    assert [problem.grave for problem in found] == [True, True, False]
    assert found[0].texts == {"en": "Lamp cannot be reached: gone", "zh-Hans": "Lamp 无法连接\uff1agone\uff08英文\uff09"}
    assert "过热" in found[1].texts["zh-Hans"]


def test_scenes_tell_their_last_run_and_rehearsal() -> None:
    report = {"good": False, "ended": 20.5, "began": 10.0, "why": "", "lines": [{"device": "lamp-1", "outcome": "failed"}]}
    scene = {"id": "leaving", "names": {"en": "Leaving", "zh-Hans": "离家"}, "report": report, "notes": []}
    rehearsal = {"good": True, "at": 5.0, "seconds": 3.0, "power": {"peak": 120.4}, "why": "", "current": False}
    home = facts(device("lamp-1"), scenes=(scene,), rehearsals={"leaving": rehearsal})
    said = [problem.texts["en"] for problem in problems(home, {})]
    assert any("did not reach everybody: lamp-1" in text for text in said)
    assert any("has changed since its rehearsal" in text for text in said)
    assert "120 W" in made(home)
    assert "10.5 s" in made(home)


def test_a_rehearsal_that_went_wrong_says_who_and_why_in_both_languages() -> None:
    rolled = "rolled back because of a device that did not do its step"
    bad = [
        {"device": "lamp-1", "outcome": "unreachable", "detail": "it is away now"},
        {"device": "lamp-2", "outcome": "failed", "detail": ""},
        {"device": "lamp-3", "outcome": "rolledBack", "detail": ""},
    ]
    rehearsal = {"good": False, "at": 5.0, "seconds": 3.0, "power": {}, "why": rolled, "bad": bad, "current": True}
    scene: dict[str, Any] = {"id": "leaving", "names": {"en": "Leaving", "zh-Hans": "离家"}, "report": None, "notes": []}
    (wrong,) = [each for each in problems(facts(device("Lamp"), scenes=(scene,), rehearsals={"leaving": rehearsal}), {}) if each.grave]
    assert wrong.texts["en"].endswith(f"went wrong: lamp-1: it is away now; lamp-2: failed; {rolled}")
    assert all(part in wrong.texts["zh-Hans"] for part in ("目前离线", "失败", "恢复原状"))
    assert "英文" not in wrong.texts["zh-Hans"]


def test_a_home_with_nothing_open_says_so() -> None:
    assert word("ready")["zh-Hans"] in made(facts(device("Lamp")))


def test_every_word_is_there_in_both_languages_with_the_same_blanks() -> None:
    for name, texts in read_yaml(FILE).items():
        assert texts.keys() == {"en", "zh-Hans"}, name
        blanks = [sorted(re.findall(r"{\w+}", text)) for text in texts.values()]
        assert blanks[0] == blanks[1], name
    assert {each.value for each in Locality} <= read_yaml(FILE).keys()


def test_a_scene_that_cannot_be_planned_is_told_and_stops_nothing() -> None:
    class Hub:
        def call(self, name: str, /, **_: Any) -> Any:
            if name == "scene-plan":
                from gateway.errors import Unknown  # noqa: PLC0415

                raise Unknown("it cannot be read any more")
            answers: dict[str, Any] = {"devices": {"devices": []}, "scenes": [{"id": "s", "names": {"en": "S"}}], "status": {}}
            return answers.get(name, [])

    (scene,) = gathered(Hub()).scenes
    assert scene["notes"] == [{"line": 0, "text": "it cannot be read any more", "error": True}]
