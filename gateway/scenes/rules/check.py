"""What is wrong with triggers and conditions before any of them fires: words that are not there, limits without an order, circles."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from gateway.profile.findings import Severity, joined
from gateway.profile.model import Model
from gateway.profile.schema import compile_schema
from gateway.scenes.document import Scene
from gateway.scenes.rules.circles import Link, circles
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import AlertIs, AtSun, Between, Crossing, Happening, Holds, Limit, SceneIs, Sun, Unused, plain
from gateway.scenes.words import Selector

ORDERED: Final = frozenset({"number", "integer"})
NO_PLACE: Final = (
    "never comes here: the gateway does not know where it is; say latitude and longitude in the section [home] of its configuration"
)


class Report(Protocol):
    """Takes in what is wrong at a pointer."""

    def __call__(self, pointer: str, message: str, rule: str, severity: Severity = ...) -> None:
        """Report it."""
        ...


class RuleCheck:
    """`meant`: the kinds a selector may mean, reporting at a pointer those that do not exist; `models`: the same without a word.

    `place`: None where no home is asked.
    """

    def __init__(
        self,
        scene: Scene,
        scenes: Mapping[str, Scene],
        meant: Callable[[Selector, str], list[Model]],
        models: Callable[[Selector], list[Model]],
        report: Report,
        *,
        place: Place | None = None,
    ) -> None:
        self._scene = scene
        self._scenes = scenes
        self._meant = meant
        self._models = models
        self._report = report
        self._place = place

    def run(self) -> None:
        """Report what is wrong."""
        for trigger in self._scene.triggers:
            match trigger:
                case Crossing(select=select, name=name, limit=limit):
                    self._check_property(select, name, limit, f"{trigger.at}/property")
                case Happening(select=select, name=name):
                    self._check_event(select, name, f"{trigger.at}/event")
                case Unused(select=select, name=name):
                    self._check_unused(select, name, f"{trigger.at}/unused")
                case AtSun():
                    self._check_sun(f"{trigger.at}/sun")
        self._check_conditions()
        if any(isinstance(trigger, Crossing) for trigger in self._scene.triggers):
            for way in circles(self._scene, self._scenes, self._models):
                self._report(way[-1].trigger.at, _circle(way), "scene-circle")

    def _check_conditions(self) -> None:
        for condition in self._scene.conditions:
            match condition:
                case Holds(select=select, name=name, limit=limit):
                    self._check_property(select, name, limit, f"{condition.at}/property")
                case Between(first=first, second=second) if isinstance(first, Sun) or isinstance(second, Sun):
                    self._check_sun(f"{condition.at}/between")
                case SceneIs(scene=scene):
                    self._check_scene(scene, f"{condition.at}/state/scene")
                case AlertIs(scene=scene):
                    self._check_scene(scene, f"{condition.at}/alert/scene")

    def _check_property(self, select: Selector, name: str, limit: Limit, at: str) -> None:
        models = self._meant(select, f"{at}/select")
        bodies = [model.document["properties"][name] for model in models if name in model.document.get("properties", {})]
        if not models:
            return
        if not bodies:
            self._report(f"{at}/name", f"none of the kinds that are meant has a property {name!r}", "scene-property")
        elif all(body.get("hl:private") for body in bodies):
            self._report(f"{at}/name", f"{name} is private: nothing is fired by it", "scene-property")
        elif not limit.values:
            if not any(body.get("type") in ORDERED for body in bodies):
                word = "above" if limit.above is not None else "below"
                self._report(f"{at}/{word}", f"{name} is no number: it has no {word}; take `is`", "scene-order")
        else:
            self._check_values(limit, bodies, name, f"{at}/is")

    def _check_values(self, limit: Limit, bodies: list[dict[str, object]], name: str, at: str) -> None:
        checkers = [compile_schema(body, strict=True) for body in bodies]
        for value in limit.values:
            problems = [checker(value) for checker in checkers]
            if all(problem is not None for problem in problems):
                self._report(at, f"{value!r} is never shown as {name}: {str(problems[0]).strip()}", "scene-value")

    def _check_event(self, select: Selector, name: str, at: str) -> None:
        models = self._meant(select, f"{at}/select")
        if models and not any(name in model.document.get("events", {}) for model in models):
            known = {event for model in models for event in model.document.get("events", {})} if select.kinds else set()
            there = f"; there are {joined(known)}" if known else ""
            self._report(f"{at}/name", f"none of the kinds that are meant has an event {name!r}{there}", "scene-event")

    def _check_unused(self, select: Selector, name: str, at: str) -> None:
        models = self._meant(select, f"{at}/select")
        if models and name and not any(name in model.document.get("properties", {}) for model in models):
            self._report(f"{at}/name", f"none of the kinds that are meant has a property {name!r}", "scene-property")

    def _check_sun(self, at: str) -> None:
        if self._place is not None and not self._place.is_known:
            self._report(at, NO_PLACE, "scene-place", Severity.WARNING)

    def _check_scene(self, name: str, at: str) -> None:
        if name not in self._scenes and name != self._scene.id:
            self._report(at, f"no scene is called {name!r}; there are {joined(self._scenes)}", "scene-nested")


def _circle(way: tuple[Link, ...]) -> str:
    """Return a way in words."""
    first, *others = way
    said = f"would fire itself: {_step(first)}"
    for link in others:
        said += f", which fires {link.setting.scene}: {_step(link)}"
    return f"{said}; it waits for {way[-1].trigger.name} {way[-1].trigger.limit.words()}"


def _step(link: Link) -> str:
    values = " or ".join(dict.fromkeys(map(plain, link.setting.values)))
    return f"line {link.setting.line} of {link.setting.scene} sets {link.setting.name} to {values}"
