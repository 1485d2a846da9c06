"""A trigger in words, and how it stands: what `hulian scene triggers` and the pages show."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.profile.kind_names import name_of
from gateway.scenes.document import Scene
from gateway.scenes.rules.attention import Attention
from gateway.scenes.rules.book import Book
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import (
    DAYS,
    EVERY_DAY,
    AtSun,
    AtTime,
    Crossing,
    Happening,
    OfMains,
    Sun,
    Trigger,
    Unused,
    clock_words,
)
from gateway.scenes.rules.said import time_words
from gateway.scenes.rules.standing import Standing
from gateway.scenes.words import Selector, Text

ARMED: Final = "armed"
"""It fires as soon as what it waits for comes."""
HELD: Final = "held"
"""It holds, and fires once it has held for long enough."""
FIRED: Final = "fired"
"""It has fired, and is armed again once that is over."""
WAITING: Final = "waiting"
"""Nobody who is meant has said how it is."""
NOBODY: Final = "nobody"
"""Nobody in this home is meant."""
NO_PLACE: Final = "noPlace"
"""It needs to know where the home is: [home] latitude and longitude."""
PAUSED: Final = "paused"
_JOINED: Final = {"en": (" or ", " but "), "zh-Hans": ("或", ",除了 ")}
"""What stands between several of whom one is enough, and before who is left out."""
_SUN: Final = {Sun.RISE: "日出", Sun.SET: "日落"}
_DAYS: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_MAINS: Final = {"restored": "恢复供电", "sagging": "电压偏低", "interrupted": "停电"}


def words_of(trigger: Trigger) -> Text:
    """Return what a trigger waits for, in both languages."""
    match trigger:
        case AtTime(minutes=minutes, days=days):
            return _both(f"at {clock_words(minutes)}{_days(days)}", f"{_chinese_days(days)}{clock_words(minutes)}")
        case AtSun(sun=sun, offset=offset, days=days):
            sign = "-" if offset < 0 else "+"
            shift = f" {sign} {time_words(abs(offset))}" if offset else ""
            return _both(f"at {sun.value}{shift}{_days(days)}", f"{_chinese_days(days)}{_SUN[sun]}{shift}")
        case Crossing(name=name, limit=limit, held=held, select=select):
            who, long = who_words(select), f" for {time_words(held)}" if held else ""
            held_words = f",持续 {time_words(held)}" if held else ""
            return _both(f"{name} of {who['en']} {limit.words()}{long}", f"{who['zh-Hans']} 的 {name} {limit.words()}{held_words}")
        case Happening(name=name, select=select):
            who = who_words(select)
            return _both(f"{who['en']} tells of {name}", f"{who['zh-Hans']} 报告 {name}")
        case OfMains(mains=mains):
            return _both(f"mains {mains.value}", _MAINS[mains.value])
        case Unused(select=select, seconds=seconds, minutes=minutes):
            at, look = ("", "") if minutes is None else (f", looked at {clock_words(minutes)}", f",{clock_words(minutes)} 检查")
            who = who_words(select)
            return _both(f"{who['en']} unused for {time_words(seconds)}{at}", f"{who['zh-Hans']} 未使用 {time_words(seconds)}{look}")


def who_words(select: Selector) -> Text:
    """Return who is meant: kinds by the names people know, the rest as a file says it."""
    return {language: _who(select, language) for language in ("en", "zh-Hans")}


def _who(select: Selector, language: str) -> str:
    either, but = _JOINED[language]
    kinds = tuple(name_of(kind)[language] for kind in select.kinds)
    lists = (kinds, select.features, select.rooms, select.tags, select.ids)
    said = " ".join(either.join(words) for words in lists if words) or "*"
    return said if select.but is None else f"{said}{but}{_who(select.but, language)}"


def records(scenes: Mapping[str, Scene], book: Book, attention: Attention, place: Place, scene: str = "") -> list[dict[str, Any]]:
    """Return one plain record a trigger, in the order of the scenes and of their files."""
    found = [standing for standing in book.standings.values() if scene in ("", standing.scene) and standing.scene in scenes]
    found.sort(key=lambda standing: (standing.scene, standing.trigger.line))
    return [_record(standing, book, attention, place) for standing in found]


def _record(standing: Standing, book: Book, attention: Attention, place: Place) -> dict[str, Any]:
    meant = attention.meant(standing)
    due = attention.next(standing)
    told = {"scene": standing.scene, "line": standing.trigger.line, "text": dict(words_of(standing.trigger)), "devices": list(meant)}
    told |= {"state": _state(standing, book, meant, place), "next": None if due is None else _clock(due, place)}
    told |= {"pause": _timed(dict(paused), place) if (paused := book.paused(standing.scene)) is not None else None}
    return told | {name: _timed(getattr(standing, name), place) for name in ("fired", "missed", "why")}


def _timed(note: dict[str, Any] | None, place: Place) -> dict[str, Any] | None:
    return None if note is None else note | {"at": _clock(note["at"], place)}


def _clock(at: float, place: Place) -> str:
    """Return a moment as the clock of the home has it, with its distance from UTC."""
    return place.wall(at).isoformat(timespec="seconds")


def _state(standing: Standing, book: Book, meant: tuple[str, ...], place: Place) -> str:
    trigger = standing.trigger
    if book.paused(standing.scene) is not None:
        return PAUSED
    if isinstance(trigger, AtSun) and not place.is_known:
        return NO_PLACE
    if isinstance(trigger, Crossing | Happening | Unused) and not meant:
        return NOBODY
    if isinstance(trigger, Crossing):
        return _crossing_state(standing, meant)
    return FIRED if isinstance(trigger, Unused) and not standing.armed.get("*", True) else ARMED


def _crossing_state(standing: Standing, meant: tuple[str, ...]) -> str:
    known = [device for device in meant if device in standing.armed]
    if not known:
        return WAITING
    if any(device in standing.since for device in meant):
        return HELD
    return ARMED if any(standing.armed[device] for device in known) else FIRED


def _both(english: str, chinese: str) -> Text:
    return {"en": english, "zh-Hans": chinese}


def _days(days: frozenset[int]) -> str:
    return "" if days == EVERY_DAY else f" on {', '.join(DAYS[day] for day in sorted(days))}"


def _chinese_days(days: frozenset[int]) -> str:
    return "每天 " if days == EVERY_DAY else f"{'、'.join(_DAYS[day] for day in sorted(days))} "
