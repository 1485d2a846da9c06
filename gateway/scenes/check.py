"""What is wrong with a scene before any device is asked: kinds and words that are not there, what is never done from afar, what fights."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from gateway.profile.affordance import property_of
from gateway.profile.findings import Pages, Severity, joined, pointer_to
from gateway.profile.kind_names import did_you_mean
from gateway.profile.library import Library
from gateway.profile.model import Model
from gateway.profile.plain_value import shown
from gateway.profile.schema import compile_schema
from gateway.scenes.document import ASKS, Before, Doing, Given, Nested, Scene, Selector, Waiting
from gateway.scenes.effects.checking import check_aim
from gateway.scenes.meeting import is_within, may_meet
from gateway.scenes.rules.check import RuleCheck
from gateway.scenes.rules.place import Place
from gateway.thing.value import Value


def check_scene(scene: Scene, pages: Pages, library: Library, scenes: Mapping[str, Scene], place: Place | None = None) -> None:
    """Report what is wrong with a scene; `scenes`: all that may be nested, by name. `place`: that of its home, None where none is asked."""
    checker = _Checker(scene, pages, library, scenes, place)
    checker.run()
    _check_nested(scene, pages, scenes)


class _Checker:
    def __init__(self, scene: Scene, pages: Pages, library: Library, scenes: Mapping[str, Scene], place: Place | None) -> None:
        self._scene = scene
        self._scenes = scenes
        self._place = place
        self._pages = pages
        self._library = library
        self._kinds = library.kinds()

    def run(self) -> None:
        for step in self._scene.steps:
            if isinstance(step, Doing | Waiting):
                where = f"{step.at}/wait/select" if isinstance(step, Waiting) else f"{step.at}/select"
                if models := self._meant(step.select, where):
                    self._check_step(step, models, step.at)
        self._check_fights()
        for aim in self._scene.effect:
            check_aim(aim, self._meant(aim.select, f"{aim.at}/select"), self._scene.parameters, self._report)
        RuleCheck(self._scene, self._scenes, self._meant, self._models, self._report, place=self._place).run()

    def _check_step(self, step: Doing | Waiting, models: list[Model], at: str) -> None:
        if isinstance(step, Waiting):
            self._check_awaited(step, models, f"{at}/wait/until")
        elif step.action:
            self._check_action(step, models, f"{at}/invoke")
        else:
            self._check_values(step, models, f"{at}/set")

    def _meant(self, select: Selector, at: str) -> list[Model]:
        """Return the kinds a selector may mean; report those that do not exist."""
        known = self._kinds
        for kind in select.kinds:
            if kind not in known:
                self._report(f"{at}/kind", f"no kind is called {kind!r}{did_you_mean(kind, known)}", "scene-kind")
        models = self._models(replace(select, features=()))
        for feature in select.features:
            if models and not any(feature in model.features for model in models):
                self._report(
                    f"{at}/feature", f"none of {joined(model.kind for model in models)} has a feature {feature!r}", "scene-feature"
                )
        return self._models(select)

    def _models(self, select: Selector) -> list[Model]:
        """Return the kinds a selector may mean."""
        models = [self._library.model(kind) for kind in (select.kinds or self._kinds) if kind in self._kinds]
        return [model for model in models if not select.features or any(feature in model.features for feature in select.features)]

    def _check_values(self, step: Doing, models: list[Model], at: str) -> None:
        for name, value in step.values.items():
            having = [model for model in models if name in model.document.get("properties", {})]
            if not having:
                self._report(f"{at}{pointer_to(name)}", f"none of the kinds that are meant has a property {name!r}", "scene-property")
                continue
            self._mention_lacking(step.select, models, having, f"{at}{pointer_to(name)}", name)
            problems = [self._refusal(model, name, value) for model in having]
            if all(problems):
                self._report(f"{at}{pointer_to(name)}", str(problems[0]), "scene-value")
            elif any(problems) and step.select.kinds:
                self._report(
                    f"{at}{pointer_to(name)}", f"{next(filter(None, problems))}: nothing is done there", "scene-value", Severity.WARNING
                )

    def _refusal(self, model: Model, name: str, value: Value | Given | Before) -> str:
        """Return why no device of a kind takes a value from a scene, "" where one may."""
        known = property_of(name, model.document["properties"][name])
        if known.read_only:
            return f"{name} of {model.kind} can only be read"
        if known.danger >= ASKS:
            return f"{name} of {model.kind} is asked of a person each time, never by a scene (hl:danger {known.danger})"
        for each in self._possible(value):
            if (problem := compile_schema(known.schema, strict=True)(each)) is not None:
                return f"{each!r} is nothing {name} of {model.kind} can be: {problem.strip()}"
        return ""

    def _possible(self, value: Value | Given | Before) -> Iterator[Value]:
        """Yield what a value can be: a parameter's default and its ends. What was so before was something it can be."""
        if isinstance(value, Before):
            return
        if not isinstance(value, Given):
            yield value
        elif (parameter := self._scene.parameters.get(value.parameter)) is not None:
            yield parameter.default
            yield from (parameter.schema[term] for term in ("minimum", "maximum") if term in parameter.schema)

    def _check_action(self, step: Doing, models: list[Model], at: str) -> None:
        having = [model for model in models if step.action in model.document.get("actions", {})]
        if not having:
            self._report(at, f"none of the kinds that are meant has an action {step.action!r}", "scene-action")
            return
        self._mention_lacking(step.select, models, having, at, step.action)
        bodies = [model.document["actions"][step.action] for model in having]
        if all(body.get("hl:danger", 0) >= ASKS for body in bodies):
            self._report(at, f"{step.action} is asked of a person each time, never by a scene", "scene-danger")
            return
        problems = [self._input_problem(body, step.input) for body in bodies]
        if all(problems):
            self._report(f"{at.removesuffix('/invoke')}/input", f"is nothing {step.action} takes: {problems[0].strip()}", "scene-value")

    def _input_problem(self, body: Mapping[str, Any], given: Value | Given) -> str:
        if "input" not in body:
            return "" if given in (None, {}) else "it takes no input"
        checker = compile_schema(body["input"], strict=True)
        values = [{} if value is None and body["input"].get("type") == "object" else value for value in self._possible(given)]
        return next((problem for value in values if (problem := checker(value)) is not None), "")

    def _check_awaited(self, step: Waiting, models: list[Model], at: str) -> None:
        for name, values in step.until.items():
            having = [model.document["properties"][name] for model in models if name in model.document.get("properties", {})]
            if not having:
                self._report(f"{at}{pointer_to(name)}", f"none of the kinds that are meant has a property {name!r}", "scene-property")
                continue
            for value in [value for value in values if not isinstance(value, Given)]:
                problems = [compile_schema(body, strict=True)(value) for body in having]
                if all(problems):
                    self._report(f"{at}{pointer_to(name)}", f"{value!r} is never shown: {str(problems[0]).strip()}", "scene-value")

    def _mention_lacking(self, select: Selector, models: list[Model], having: list[Model], at: str, name: str) -> None:
        lacking = [model.kind for model in models if model not in having]
        if select.kinds and lacking:
            self._report(at, f"{joined(lacking)} has no {name}: nothing is done there", "scene-property", Severity.WARNING)

    def _check_fights(self) -> None:
        """Report two steps of one wave that may set one property of one device to two values."""
        steps = [step for step in self._scene.steps if isinstance(step, Doing) and step.values]
        same_wave = {id(step): number for number, wave in enumerate(self._scene.waves()) for step in wave}
        for one, other in combinations(steps, 2):
            if same_wave[id(one)] != same_wave[id(other)] or not may_meet(one.select, other.select):
                continue
            sure = is_within(one.select, other.select) or is_within(other.select, one.select)
            for name in sorted(one.values.keys() & other.values.keys()):
                if one.values[name] != other.values[name]:
                    self._report_fight(one, other, name, sure=sure)

    def _report_fight(self, one: Doing, other: Doing, name: str, *, sure: bool) -> None:
        """Report a fight: an error where it is one in every home; where that depends on the home, its plan will tell."""
        whose = "of the same device" if sure else "perhaps of the same device"
        said = f"wants {_told(other.values[name])} where line {one.line} wants {_told(one.values[name])}, {whose}"
        severity = Severity.ERROR if sure else Severity.WARNING
        at = f"{other.at}/set{pointer_to(name)}"
        self._report(at, f"{said}: put a `wait` between, or leave one out with `not`", "scene-fight", severity)

    def _report(self, pointer: str, message: str, rule: str, severity: Severity = Severity.ERROR) -> None:
        self._pages.report(pointer, message, rule=rule, severity=severity)


def check_users(scene: Scene, pages: Pages, others: Mapping[str, Scene]) -> None:
    """Report what a new version of a scene would break in the scenes that have it inside."""
    for other in others.values():
        for step in other.nested():
            lost = sorted(step.arguments.keys() - scene.parameters.keys()) if step.scene == scene.id else ()
            for name in lost:
                pages.report("/parameters", f"lacks {name!r}, which {other.id} gives it in its line {step.line}", rule="scene-parameter")


def _check_nested(scene: Scene, pages: Pages, scenes: Mapping[str, Scene]) -> None:
    for step in scene.nested():
        inner = scenes.get(step.scene)
        if inner is None:
            pages.report(f"{step.at}/scene", f"no scene is called {step.scene!r}; there are {joined(scenes)}", rule="scene-nested")
        elif way := _way_back(scene.id, step.scene, scenes):
            pages.report(f"{step.at}/scene", f"goes round in a circle: {' > '.join((scene.id, *way))}", rule="scene-cycle")
        else:
            _check_arguments(step, inner, pages)


def _check_arguments(step: Nested, inner: Scene, pages: Pages) -> None:
    for name, value in step.arguments.items():
        at = f"{step.at}/with{pointer_to(name)}"
        if (parameter := inner.parameters.get(name)) is None:
            pages.report(at, f"{step.scene} has no parameter {name!r}", rule="scene-parameter")
        elif not isinstance(value, Given | Before) and (problem := compile_schema(parameter.schema, strict=True)(value)) is not None:
            pages.report(at, f"is nothing {name} of {step.scene} can be: {problem.strip()}", rule="scene-value")


def _way_back(home: str, start: str, scenes: Mapping[str, Scene]) -> tuple[str, ...]:
    """Return the names from `start` back to `home` on the shortest way, nothing where none leads there."""
    ways: list[tuple[str, ...]] = [(start,)]
    passed = {start}
    for way in ways:
        if way[-1] == home:
            return way
        for step in scenes[way[-1]].nested() if way[-1] in scenes else ():
            if step.scene not in passed:
                passed.add(step.scene)
                ways.append((*way, step.scene))
    return ()


def _told(wanted: Value | Given | Before) -> str:
    """Return what is wanted as it is written."""
    if isinstance(wanted, Given):
        return f"{{parameter: {wanted.parameter}}}"
    return f"{{before: {wanted.what}}}" if isinstance(wanted, Before) else shown(wanted)
