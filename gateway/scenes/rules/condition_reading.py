"""Conditions as somebody wrote them, likewise."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.profile.findings import pointer_to
from gateway.scenes.rules.rule import MOST, AlertIs, Between, Condition, Holds, OnDays, SceneIs, Sun, Who
from gateway.scenes.rules.rule_words import LIMITS, RuleWords
from gateway.scenes.words import Words

_WORDS: Final = ("property", "between", "days", "state", "alert")
_INSIDE: Final = {"property": ("select", "name", *LIMITS, "who"), "state": ("scene", "is"), "alert": ("scene", "is")}
_STATES: Final = ("on", "partly", "off")


def read_conditions(given: Any, words: Words) -> tuple[Condition, ...]:
    """Return the conditions that can be read."""
    reader = ConditionReader(words, "condition")
    read = (reader.read(row, pointer_to("conditions", number)) for number, row in enumerate(reader.rows(given, "/conditions", MOST)))
    return tuple(condition for condition in read if condition is not None)


class ConditionReader(RuleWords):
    """Reads one condition after the other."""

    def read(self, row: Any, at: str) -> Condition | None:
        """Return a condition."""
        word = self.word(row, at, _WORDS)
        if word is None:
            return None
        self.only(row, at, (word, "title"))
        line = self.line(at)
        if word in _INSIDE:
            inner = self.inner(row, at, word, _INSIDE[word])
            reads = {"property": self._holds, "state": self._state, "alert": self._alert}
            return None if inner is None else reads[word](inner, at, line)
        if word == "days":
            return OnDays(line=line, at=at, days=self.days(row["days"], f"{at}/days"))
        return self._between(row["between"], at, line)

    def _between(self, inner: Any, at: str, line: int) -> Between | None:
        where = f"{at}/between"
        if not isinstance(inner, list) or len(inner) != 2:  # noqa: PLR2004 - from and to
            self.report(where, 'is two times of the day: ["22:00", "06:00"], or sunrise and sunset')
            return None
        ends = [Sun(each) if each in list(Sun) else self.clock(each, f"{where}/{number}") for number, each in enumerate(inner)]
        first, second = ends
        if first is None or second is None:
            return None
        if first == second:
            self.report(where, "begins where it ends")
            return None
        return Between(line=line, at=at, first=first, second=second)

    def _holds(self, inner: Mapping[str, Any], at: str, line: int) -> Holds | None:
        where = f"{at}/property"
        select, name, limit = self.whose(inner, where), self.name(inner, where), self.limit(inner, where)
        who = self.one_of(inner.get("who", Who.ALL), list(Who), f"{where}/who")
        if select is None or name is None or limit is None or who is None:
            return None
        return Holds(line=line, at=at, select=select, name=name, limit=limit, who=Who(who))

    def _state(self, inner: Mapping[str, Any], at: str, line: int) -> SceneIs | None:
        where = f"{at}/state"
        scene, state = inner.get("scene"), self.one_of(inner.get("is"), _STATES, f"{where}/is")
        if not isinstance(scene, str):
            self.report(f"{where}/scene", "is the name of a scene")
            return None
        return None if state is None else SceneIs(line=line, at=at, scene=scene, state=state)

    def _alert(self, inner: Mapping[str, Any], at: str, line: int) -> AlertIs | None:
        where = f"{at}/alert"
        scene, state = inner.get("scene"), self.one_of(inner.get("is"), ("open", "acknowledged"), f"{where}/is")
        if not isinstance(scene, str):
            self.report(f"{where}/scene", "is the name of the scene whose alert is meant")
            return None
        return None if state is None else AlertIs(line=line, at=at, scene=scene, is_open=state == "open")
