"""From `effect:` of a document to aims; what is wrong is reported where it stands."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.profile.findings import joined, pointer_to
from gateway.scenes.effects.aim import SHARE_ALL, Aim
from gateway.scenes.parameters import NAME
from gateway.scenes.words import Given, Words
from gateway.thing.value import Value

MOST: Final = 16
"""Effects of one scene."""
_LIMITS: Final = ("near", "atMost", "atLeast", "is")
_KNOWN: Final = frozenset({"select", "property", "within", "after", "for", "share", "public", "title", *_LIMITS})
_RULE: Final = "scene-effect"


def read_aims(given: Any, at: str, words: Words) -> tuple[Aim, ...]:
    """Return the effects that can be read."""
    if given is None:
        return ()
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        words.report(at, f"is a list of 1 to {MOST} effects, each with select, property, {joined(_LIMITS)}, and after", _RULE)
        return ()
    read = (_aim(each, f"{at}{pointer_to(number)}", words) for number, each in enumerate(given))
    return tuple(aim for aim in read if aim is not None)


def _aim(given: Any, at: str, words: Words) -> Aim | None:
    if not isinstance(given, dict):
        words.report(at, "is an effect: select, property, a limit and after", _RULE)
        return None
    words.only(given, at, _KNOWN)
    select = words.selector(given.get("select"), f"{at}/select")
    after = words.duration(given.get("after"), f"{at}/after")
    name = given.get("property")
    if not isinstance(name, str) or not NAME.match(name):
        words.report(f"{at}/property", "is the name of the property that shows the effect", _RULE)
        return None
    if select is None or after is None or not _is_limited(given, at, words):
        return None
    return Aim(line=words.line(at), at=at, select=select, property=name, after=after, **_rest(given, at, words))


def _is_limited(given: Mapping[str, Any], at: str, words: Words) -> bool:
    """Return whether it says limits that go together, and report where it does not."""
    said = [name for name in _LIMITS if name in given]
    problem = ""
    if not said:
        problem = f"says no limit: one of {joined(_LIMITS)}"
    elif len(said) > 1 and said != ["atMost", "atLeast"]:
        problem = f"says {joined(said)} at once: only atMost and atLeast go together"
    elif ("near" in given) != ("within" in given):
        problem = "says `near` and `within` together, or neither: near 26 within 2 is 24 to 28"
    if problem:
        words.report(at, problem, _RULE)
    return not problem


def _rest(given: Mapping[str, Any], at: str, words: Words) -> dict[str, Any]:
    named = {"near": "near", "within": "within", "atMost": "at_most", "atLeast": "at_least"}
    rest: dict[str, Any] = {field: _number(given[word], f"{at}/{word}", words) for word, field in named.items() if word in given}
    if "is" in given:
        listed = given["is"] if isinstance(given["is"], list) else [given["is"]]
        rest["words"] = tuple(words.value(word, f"{at}/is") for word in listed)
    if "for" in given:
        rest["hold"] = words.duration(given["for"], f"{at}/for") or 0.0
    if "share" in given:
        rest["share"] = _share(given["share"], f"{at}/share", words)
    if isinstance(given.get("public"), str):
        rest["public"] = given["public"]
    return rest


def _number(given: Any, at: str, words: Words) -> Value | Given:
    value = words.value(given, at)
    if not isinstance(value, Given) and not _is_number(value):
        words.report(at, "is a number, or {parameter: NAME}", _RULE)
        return None
    return value


def _share(given: Any, at: str, words: Words) -> float:
    if _is_number(given) and 0 < given <= SHARE_ALL:
        return float(given)
    words.report(at, "is how many percent of those who are meant are enough: more than 0, at most 100", _RULE)
    return SHARE_ALL


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
