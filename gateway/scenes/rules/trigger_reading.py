"""Triggers as somebody wrote them: each mistake is said with its line."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.profile.findings import pointer_to
from gateway.scenes.rules.rule import (
    EVERY_DAY,
    LONGEST_HELD,
    LONGEST_UNUSED,
    MOST,
    AtSun,
    AtTime,
    Crossing,
    Happening,
    Limit,
    Mains,
    OfMains,
    Sun,
    Trigger,
    Unused,
)
from gateway.scenes.rules.rule_words import LIMITS, RuleWords, is_number
from gateway.scenes.words import Words

_BESIDE: Final = {"time": ("days",), "sun": ("days", "offset"), "property": (), "event": (), "mains": (), "unused": ()}
_INSIDE: Final = {
    "property": ("select", "name", *LIMITS, "rearm", "for"),
    "event": ("select", "name"),
    "unused": ("select", "for", "at", "name"),
}


def read_triggers(given: Any, words: Words) -> tuple[Trigger, ...]:
    """Return the triggers that can be read, each once."""
    reader = TriggerReader(words, "trigger")
    known: dict[str, Trigger] = {}
    for number, row in enumerate(reader.rows(given, "/triggers", MOST)):
        trigger = reader.read(row, pointer_to("triggers", number))
        if trigger is not None and (same := known.setdefault(trigger.key, trigger)) is not trigger:
            words.report(trigger.at, f"says the same as line {same.line}", "scene-trigger")
    return tuple(known.values())


class TriggerReader(RuleWords):
    """Reads one trigger after the other."""

    def read(self, row: Any, at: str) -> Trigger | None:
        """Return a trigger."""
        word = self.word(row, at, _BESIDE)
        if word is None:
            return None
        self.only(row, at, (word, "title", *_BESIDE[word]))
        line = self.line(at)
        if word in _INSIDE:
            inner = self.inner(row, at, word, _INSIDE[word])
            reads = {"property": self._crossing, "event": self._happening, "unused": self._unused}
            return None if inner is None else reads[word](inner, at, line)
        days = self.days(row["days"], f"{at}/days") if "days" in row else EVERY_DAY
        if word == "time":
            minutes = self.clock(row["time"], f"{at}/time")
            return None if minutes is None else AtTime(line=line, at=at, minutes=minutes, days=days)
        if word == "sun":
            return self._sun(row, at, line, days)
        mains = self.one_of(row["mains"], list(Mains), f"{at}/mains")
        return None if mains is None else OfMains(line=line, at=at, mains=Mains(mains))

    def _sun(self, row: Mapping[str, Any], at: str, line: int, days: frozenset[int]) -> AtSun | None:
        sun = self.one_of(row["sun"], list(Sun), f"{at}/sun")
        offset = self.offset(row["offset"], f"{at}/offset") if "offset" in row else 0.0
        return None if sun is None or offset is None else AtSun(line=line, at=at, sun=Sun(sun), offset=offset, days=days)

    def _crossing(self, inner: Mapping[str, Any], at: str, line: int) -> Crossing | None:
        where = f"{at}/property"
        select, name, limit = self.whose(inner, where), self.name(inner, where), self.limit(inner, where)
        held = self.duration(inner["for"], f"{where}/for", LONGEST_HELD) if "for" in inner else 0.0
        rearm = self._rearm(inner, where, limit) if "rearm" in inner and limit is not None else None
        if select is None or name is None or limit is None or held is None:
            return None
        return Crossing(line=line, at=at, select=select, name=name, limit=limit, rearm=rearm, held=held)

    def _rearm(self, inner: Mapping[str, Any], where: str, limit: Limit) -> float | None:
        rearm = self.usual(inner["rearm"], f"{where}/rearm")
        if not is_number(rearm) or limit.values:
            self.report(f"{where}/rearm", "is the number at which an `above` or a `below` may fire again")
            return None
        if (limit.above is not None and rearm > limit.above) or (limit.below is not None and rearm < limit.below):
            self.report(f"{where}/rearm", f"is on the wrong side of `{limit.words()}`: it would fire again at once")
            return None
        return float(rearm)

    def _happening(self, inner: Mapping[str, Any], at: str, line: int) -> Happening | None:
        where = f"{at}/event"
        select, name = self.whose(inner, where), self.name(inner, where)
        return None if select is None or name is None else Happening(line=line, at=at, select=select, name=name)

    def _unused(self, inner: Mapping[str, Any], at: str, line: int) -> Unused | None:
        where = f"{at}/unused"
        select, seconds = self.whose(inner, where), self.duration(inner.get("for"), f"{where}/for", LONGEST_UNUSED)
        minutes = self.clock(inner["at"], f"{where}/at") if "at" in inner else None
        name = self.name(inner, where) if "name" in inner else ""
        if select is None or seconds is None or name is None:
            return None
        return Unused(line=line, at=at, select=select, seconds=seconds, minutes=minutes, name=name)
