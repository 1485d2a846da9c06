"""From a YAML file to a Scene: every mistake of the writing is reported with its line, all in one pass."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.profile.check_yaml import is_readable, pages_of, plain_document, read_pages
from gateway.profile.duration import seconds_of
from gateway.profile.findings import Finding, Pages, joined, pointer_to
from gateway.scenes.alerts.reading import read_notify
from gateway.scenes.document import (
    LONGEST,
    MOST_STEPS,
    Doing,
    Given,
    Nested,
    OnFail,
    Parameter,
    Pause,
    Scene,
    Selector,
    Step,
    Waiting,
)
from gateway.scenes.effects.reading import read_aims
from gateway.scenes.parameters import NAME, read_parameters
from gateway.scenes.rules.condition_reading import read_conditions
from gateway.scenes.rules.trigger_reading import read_triggers
from gateway.scenes.turns.steps import read_shed, read_turn
from gateway.scenes.words import CUT, PLAIN, Before, is_plain
from gateway.thing.value import Value

NAMELESS: Final = "unnamed"
"""What a scene is called here whose own name cannot be read."""
_ID = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
_LONGEST_NAME: Final = 64
_LONGEST_WAIT: Final = 24 * 3600.0
_SCENE: Final = frozenset({"scene", "names", "description", "descriptions", "parameters", "triggers", "conditions", "steps", "effect"})
_SELECTOR: Final = {"kind": "kinds", "feature": "features", "room": "rooms", "tag": "tags", "id": "ids"}
_ENDS: Final = frozenset({"deadline", "onFail", "title"})
_MEMBERS: Final = {
    "set": _ENDS | {"select", "set"},
    "invoke": _ENDS | {"select", "invoke", "input"},
    "wait": _ENDS | {"wait"},
    "delay": frozenset({"delay", "title"}),
    "scene": frozenset({"scene", "with", "title"}),
    "notify": frozenset({"notify", "title"}),
    "inTurn": _ENDS | {"inTurn"},
    "shed": frozenset({"shed", "title"}),
}
_KNOWN: Final = frozenset().union(*_MEMBERS.values())


def read_scene(path: Path) -> tuple[Scene | None, Pages]:
    """Return the scene of a file, None where its head cannot be read, and the pages with what is wrong in it."""
    if (size := path.stat().st_size) > LONGEST:
        return None, _too_long(path, f"has {size} bytes")
    return _scene(read_pages(path))


def scene_of(text: str, name: str) -> tuple[Scene | None, Pages]:
    """Return the scene of a text, likewise; `name`: what findings call it."""
    if len(text) > LONGEST:
        return None, _too_long(Path(name), f"has {len(text)} characters")
    return _scene(pages_of(Path(name), text))


def _too_long(path: Path, said: str) -> Pages:
    pages = Pages(path, {})
    text = f"{said}; at most {LONGEST} are read, and {MOST_STEPS} steps: make scenes of parts and nest them"
    pages.findings.append(Finding(path, 1, "", text, rule="scene-steps"))
    return pages


def _scene(pages: Pages) -> tuple[Scene | None, Pages]:
    if not is_readable(pages):
        return None, pages
    document = plain_document(pages, pages.document)
    reader = _Reader(pages)
    return reader.scene(document), pages


class _Reader:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parameters: dict[str, Parameter] = {}
        self._declared: frozenset[str] = frozenset()
        """Names of parameters, of those that cannot be read, too: these are told of once, and not wherever they stand."""

    def scene(self, document: Mapping[str, Any]) -> Scene:
        """Return what can be read of a scene, for everything that is wrong with it is told at once."""
        self.only(document, "", _SCENE)
        name = document.get("scene")
        if not isinstance(name, str) or not _ID.match(name):
            self.report("/scene", "needs `scene:`, a name of small letters, digits and hyphens", "scene-id")
            name = NAMELESS
        given = document.get("parameters", {})
        self._parameters = read_parameters(given, self._pages)
        self._declared = frozenset(given) if isinstance(given, dict) else frozenset()
        steps = document.get("steps")
        if not isinstance(steps, list) or not steps:
            self.report("/steps", "needs `steps:`, a list with something to do", "scene-steps")
            steps = []
        if len(steps) > MOST_STEPS:
            self.report(
                "/steps", f"has {len(steps)} steps; at most {MOST_STEPS} are taken: make scenes of parts and nest them", "scene-steps"
            )
            steps = steps[:MOST_STEPS]
        read = [self._step(step, pointer_to("steps", at)) for at, step in enumerate(steps)]
        return Scene(
            id=name,
            names=self._names(document.get("names"), name),
            steps=tuple(filter(None, read)),
            parameters=self._parameters,
            triggers=read_triggers(document.get("triggers"), self),
            conditions=read_conditions(document.get("conditions"), self),
            effect=read_aims(document.get("effect"), "/effect", self),
        )

    def _names(self, names: Any, otherwise: str) -> Mapping[str, str]:
        if names is None:
            return {"en": otherwise}
        if (
            not isinstance(names, dict)
            or not all(isinstance(text, str) and 0 < len(text) <= _LONGEST_NAME and is_plain(text) for text in names.values())
            or "en" not in names
        ):
            self.report("/names", f"is a mapping of languages to names of 1 to 64 characters, with `en`, {PLAIN}", "scene-names")
            return {"en": otherwise}
        return names

    # Steps

    def _step(self, step: Any, at: str) -> Step | None:
        words = [word for word in _MEMBERS if isinstance(step, dict) and word in step]
        if len(words) != 1:
            strange = [word for word in step if word not in _KNOWN] if isinstance(step, dict) else []
            nothing = f"says nothing to do, and {joined(strange)} is not known" if strange else "says nothing to do"
            said = f"says {joined(words)} at once" if words else nothing
            self.report(at, f"{said}: a step has one of {joined(_MEMBERS)}", "scene-step")
            return None
        self.only(step, at, _MEMBERS[words[0]])
        line = self._pages.line_of(at)
        readers: dict[str, Callable[[], Step | None]] = {
            "delay": lambda: self._pause(step, at, line),
            "scene": lambda: self._nested(step, at, line),
            "wait": lambda: self._waiting(step, at, line),
            "notify": lambda: read_notify(step["notify"], f"{at}/notify", line, self),
            "inTurn": lambda: read_turn(step["inTurn"], f"{at}/inTurn", self.ends(step, at), self),
            "shed": lambda: read_shed(step["shed"], f"{at}/shed", self),
        }
        return readers.get(words[0], lambda: self._doing(step, at, line))()

    def _pause(self, step: Mapping[str, Any], at: str, line: int) -> Pause | None:
        seconds = self.duration(step["delay"], f"{at}/delay")
        return None if seconds is None else Pause(line=line, at=at, seconds=seconds)

    def _doing(self, step: Mapping[str, Any], at: str, line: int) -> Doing | None:
        select = self.selector(step.get("select"), f"{at}/select")
        if select is None:
            return None
        ends = self.ends(step, at)
        if "invoke" in step:
            if not isinstance(step["invoke"], str) or not NAME.match(step["invoke"]):
                self.report(f"{at}/invoke", "is the name of an action", "scene-step")
                return None
            return Doing(line=line, at=at, select=select, action=step["invoke"], input=self.value(step.get("input"), f"{at}/input"), **ends)
        values = self.wanted(step["set"], f"{at}/set")
        return None if not values else Doing(line=line, at=at, select=select, values=values, **ends)

    def _waiting(self, step: Mapping[str, Any], at: str, line: int) -> Waiting | None:
        body = step["wait"]
        if not isinstance(body, dict):
            self.report(f"{at}/wait", "has `select:` and `until:`", "scene-step")
            return None
        self.only(body, f"{at}/wait", frozenset({"select", "until"}))
        select = self.selector(body.get("select"), f"{at}/wait/select")
        until = body.get("until")
        if not isinstance(until, dict) or not until:
            self.report(f"{at}/wait/until", "is a mapping of properties to the value, or values, to wait for", "scene-step")
            return None
        wanted = {name: self.values(value, f"{at}/wait/until{pointer_to(name)}") for name, value in until.items()}
        for name in [name for name, values in wanted.items() if not values]:
            self.report(f"{at}/wait/until{pointer_to(name)}", "names no value to wait for", "scene-values")
        return None if select is None else Waiting(line=line, at=at, select=select, until=wanted, **self.ends(step, at))

    def _nested(self, step: Mapping[str, Any], at: str, line: int) -> Nested | None:
        if not isinstance(step["scene"], str) or not _ID.match(step["scene"]):
            self.report(f"{at}/scene", "is the name of a scene", "scene-step")
            return None
        return Nested(line=line, at=at, scene=step["scene"], arguments=self.wanted(step.get("with", {}), f"{at}/with", empty=True))

    def ends(self, step: Mapping[str, Any], at: str) -> dict[str, Any]:
        ends: dict[str, Any] = {}
        if "deadline" in step:
            ends["deadline"] = self.duration(step["deadline"], f"{at}/deadline")
        if "onFail" in step:
            if step["onFail"] not in list(OnFail):
                self.report(f"{at}/onFail", f"is one of {joined(OnFail)}", "scene-on-fail")
            else:
                ends["on_fail"] = OnFail(step["onFail"])
        return ends

    def selector(self, given: Any, at: str) -> Selector | None:
        if not isinstance(given, dict) or not given:
            self.report(at, f"says who is meant: {joined(_SELECTOR)}, and perhaps `not`", "scene-select")
            return None
        self.only(given, at, frozenset({*_SELECTOR, "not"}))
        lists = {field: self.words(given[word], f"{at}/{word}") for word, field in _SELECTOR.items() if word in given}
        but = self.selector(given["not"], f"{at}/not") if "not" in given else None
        return Selector(**lists, but=but)

    def words(self, given: Any, at: str) -> tuple[str, ...]:
        words = given if isinstance(given, list) else [given]
        if not words or not all(isinstance(word, str) and word for word in words):
            self.report(at, "is a word or a list of words", "scene-select")
            return ()
        return () if words == ["*"] else tuple(words)

    # Values

    def wanted(self, given: Any, at: str, *, empty: bool = False) -> dict[str, Value | Given | Before]:
        if not isinstance(given, dict) or (not given and not empty):
            self.report(at, "is a mapping of names to values", "scene-values")
            return {}
        return {name: self.before(value) or self.value(value, f"{at}{pointer_to(name)}") for name, value in given.items()}

    def before(self, given: Any) -> Before | None:
        """Return what stands for a value a device showed before, None for anything else."""
        return Before(CUT) if given == {"before": CUT} else None

    def values(self, given: Any, at: str) -> tuple[Value | Given, ...]:
        return tuple(self.value(value, at) for value in (given if isinstance(given, list) else [given]))

    def value(self, given: Any, at: str) -> Value | Given:
        if not isinstance(given, dict) or set(given) != {"parameter"}:
            return given
        if str(given["parameter"]) not in self._declared:
            self.report(at, f"names the parameter {given['parameter']!r}; there are {joined(self._declared)}", "scene-parameter")
        return Given(str(given["parameter"]))

    def usual(self, given: Any, at: str) -> Value:
        """Return a value; of a parameter its default, for where nobody is there to say otherwise."""
        value = self.value(given, at)
        if not isinstance(value, Given):
            return value
        known = self._parameters.get(value.parameter)
        return None if known is None else known.default

    def duration(self, given: Any, at: str) -> float | None:
        seconds = seconds_of(given)
        if seconds is None or not 0 < seconds <= _LONGEST_WAIT:
            self.report(at, "is a duration such as PT20S or PT1M30S, a day at most", "scene-duration")
            return None
        return seconds

    def only(self, given: Mapping[str, Any], at: str, known: frozenset[str]) -> None:
        for name in given:
            if name not in known:
                self.report(f"{at}{pointer_to(name)}", f"is not known here; known are {joined(known)}", "scene-member")

    def report(self, pointer: str, message: str, rule: str) -> None:
        self._pages.report(pointer, message, rule=rule)

    def line(self, at: str) -> int:
        """Return the line something stands in."""
        return self._pages.line_of(at)
