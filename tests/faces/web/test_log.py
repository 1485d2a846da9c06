"""The log of the System page: what an entry is about is called as people call it, and the day is said where it changes."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

import gateway
from gateway.discovery.entry import EntryState, InboxEntry
from gateway.faces.web.called import Called
from gateway.faces.web.log import Line
from gateway.faces.web.phrases import LANGUAGES, tongue
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import day_of
from gateway.thing.principal import LOCAL

DAY = 86_400.0
NOON = 1_796_000_000.0 // DAY * DAY + DAY / 2
CLIENTS = [{"id": "phone-7f3k", "name": "Grandpa's phone"}]


def waiting(key: str, title: str) -> InboxEntry:
    return InboxEntry(driver="midea", key=key, title=title, kind="light", state=EntryState.PENDING, first_seen=0, last_seen=0)


def called(language: str = "en") -> Called:
    home = SimpleNamespace(devices=lambda: ("light-1",), twin=lambda device: device)
    status = {"sessions": [{"driver": "midea", "key": "4711", "devices": ["light-1"]}, {"driver": "midea", "key": "12", "devices": []}]}
    whole = SimpleNamespace(
        home=home,
        discovery=SimpleNamespace(inbox=lambda: (waiting("12", "12"), waiting("13", "Desk lamp"))),
        status=lambda: status,
        scenes=SimpleNamespace(scenes=SimpleNamespace(listing=lambda: [{"id": "cosy", "names": {"en": "Cosy", "zh-Hans": "温馨"}}])),
    )
    page: Any = SimpleNamespace(whole=whole, tongue=tongue(language), name=lambda _twin: "Hall lamp", called=lambda kind: kind.title())
    return Called(cast("Sheet", page), CLIENTS)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("light-1", "Hall lamp"),
        ("midea:4711", "Hall lamp"),
        ("midea:12", "Light"),
        ("midea:13", "Desk lamp"),
        ("phone-7f3k", "Grandpa's phone"),
        ("cosy", "Cosy"),
        ("owner", "Owner"),
        ("gone-9", "gone-9"),
    ],
)
def test_what_an_entry_is_about_is_called_by_its_name(target: str, name: str) -> None:
    assert called().something(target) == name


def test_who_it_was_is_called_by_name_too() -> None:
    assert called("zh-Hans").somebody("phone-7f3k") == "Grandpa's phone"
    assert called("zh-Hans").somebody(LOCAL.name) == "家里人"
    assert called().somebody("") == ""


def test_the_ids_stay_behind_the_names_and_are_found() -> None:
    line = Line(NOON, "home", "Appliance accepted · Hall lamp", called().ids("phone-7f3k", "midea:4711"))
    assert line.ids == "phone-7f3k · midea:4711"
    assert line.holds("4711")
    assert line.holds("hall lamp")
    assert not line.holds("kitchen")
    assert called().ids("stranger", "gone-9") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_journal_records_has_words(language: str) -> None:
    sources = (file.read_text() for file in Path(gateway.__file__).parent.rglob("*.py"))
    recorded = {what for source in sources for what in re.findall(r'journal\.record\(\s*"([^"]+)"', source)}
    assert len(recorded) > 20
    assert {what for what in recorded if f"log.what.{what}" not in tongue(language).phrases} == set()


@pytest.mark.parametrize(("days", "english", "chinese"), [(0, "Today, ", "今天 "), (1, "Yesterday, ", "昨天 "), (2, "", "")])
def test_a_day_is_said_with_its_date(days: int, english: str, chinese: str) -> None:
    date = day_of(tongue("en"), NOON - days * DAY, NOON - days * DAY + 30 * DAY)
    assert day_of(tongue("en"), NOON - days * DAY, NOON) == english + date
    assert day_of(tongue("zh-Hans"), NOON - days * DAY, NOON) == chinese + date
