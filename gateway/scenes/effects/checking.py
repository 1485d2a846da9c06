"""What is wrong with an effect whatever the home: a property nobody has, a limit it can never keep, a parameter that is no number."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.profile.model import Model
from gateway.profile.schema import compile_schema
from gateway.scenes.builtin.built_in import figures
from gateway.scenes.document import Parameter
from gateway.scenes.effects.aim import Aim
from gateway.scenes.words import Given
from gateway.thing.value import Value

_NUMERIC: Final = frozenset({"number", "integer"})
Say = Callable[[str, str, str], None]
"""Takes a pointer, a message and a rule."""


def check_aim(aim: Aim, models: list[Model], parameters: Mapping[str, Parameter], say: Say) -> None:
    """Report what is wrong with an effect; `models`: the kinds that are meant."""
    having = [model.document["properties"][aim.property] for model in models if aim.property in model.document.get("properties", {})]
    if models and not having:
        say(f"{aim.at}/property", f"none of the kinds that are meant has a property {aim.property!r}", "scene-property")
        return
    if aim.public and aim.public not in figures():
        say(f"{aim.at}/public", f"no published figure is called {aim.public!r}; there are {', '.join(figures())}", "scene-effect")
    if aim.words:
        _check_words(aim, having, say)
        return
    if having and not any(body.get("type") in _NUMERIC for body in having):
        say(f"{aim.at}/property", f"{aim.property} is no number: say with `is` what it has to be", "scene-effect")
        return
    for name, value in (("near", aim.near), ("within", aim.within), ("atMost", aim.at_most), ("atLeast", aim.at_least)):
        _check_number(f"{aim.at}/{name}", value, having, parameters, say, ranged=name != "within")


def _check_words(aim: Aim, having: list[Mapping[str, Any]], say: Say) -> None:
    for word in aim.words:
        problems = [] if isinstance(word, Given) else [compile_schema(body, strict=True)(word) for body in having]
        if problems and all(problems):
            say(f"{aim.at}/is", f"{word!r} is never shown: {str(problems[0]).strip()}", "scene-value")


def _check_number(
    at: str, value: Value | Given, having: list[Mapping[str, Any]], parameters: Mapping[str, Parameter], say: Say, *, ranged: bool
) -> None:
    if isinstance(value, Given):
        parameter = parameters.get(value.parameter)
        if parameter is not None and parameter.schema.get("type") not in _NUMERIC:
            say(at, f"the parameter {value.parameter} is no number", "scene-parameter")
    elif value is not None and ranged and having and not any(_is_in_range(value, body) for body in having):
        say(at, f"{value:g} is nothing {at.rpartition('/')[2]} can ask for: outside what the property shows", "scene-value")


def _is_in_range(value: float, body: Mapping[str, Any]) -> bool:
    low, high = body.get("minimum", value), body.get("maximum", value)
    return bool(low <= value <= high)
