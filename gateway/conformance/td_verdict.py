"""Whether a Thing Description is one by W3C's TD 1.1, as the judge reads it (`td_form.yaml`), and by the words this standard adds to it.

Published clients are stricter than the Recommendation: they want the 2019 context first, and one `type` in every schema. A description that
is right by the letter and that nobody can read helps nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator, Draft202012Validator

from gateway.conformance.schema_verdict import FORMATS
from gateway.profile.resolver import read_yaml

FORM: Final = Path(__file__).with_name("td_form.yaml")
CONTEXTS: Final = ("https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1")
SECTIONS: Final = ("properties", "actions", "events")
_LOOKED_AT: Final = 2000
_MOST: Final = 20
"""Mistakes that are named."""
_LONGEST: Final = 160
_DEEPEST: Final = 32
_LONGEST_PATTERN: Final = 1024
_SLIGHT: Final = frozenset({"required", "enum", "const", "not", "pattern", "minLength", "minProperties", "format"})
_JUDGED: Final = frozenset({"properties", "actions", "events", "hl:constraints", "hl:features", "hl:kind", "forms"})
"""Members the judge goes by."""


@dataclass(frozen=True, slots=True)
class Part:
    """One data schema of a description: where it stands (`properties/power`) and what it says."""

    where: str
    schema: Mapping[str, Any]

    @property
    def affordance(self) -> str:
        """Return section and name, as `properties/power`."""
        return "/".join(self.where.split("/")[:2])


@dataclass(frozen=True, slots=True)
class Form:
    """What is wrong by TD 1.1: `mistakes`, the first of them, each with its place; `twisted`: the first that leaves nothing to go by.

    A title that is missing is a mistake, and everything else can be judged. A schema that is a number, a limit that is a word: whatever was
    judged by these would say more about the judge than about the device.
    """

    mistakes: tuple[str, ...]
    twisted: str


def form_of(td: Mapping[str, Any]) -> Form:
    """Look at the form of a description once, up to its first mistakes."""
    found: list[str] = []
    twisted = ""
    for error in islice(_validator().iter_errors(td), _LOOKED_AT):
        found.append(_told(error))
        twisted = twisted or ("" if _is_slight(error) else found[-1])
    patterns = list(islice(_unusable_patterns(td), _MOST))
    undefined = [f"security: `{name}` is not among securityDefinitions" for name in _undefined(td)]
    return Form(tuple((found + patterns + undefined)[:_MOST]), twisted or next(iter(patterns), ""))


def form_mistakes(td: Mapping[str, Any]) -> list[str]:
    """Return what is wrong by TD 1.1, the first of it, each with its place."""
    return list(form_of(td).mistakes)


def schema_mistakes(td: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong by W3C's own schema, which is one of draft 7."""
    return [_told(error) for error in islice(Draft7Validator(schema).iter_errors(td), _MOST)]


def context_mistakes(td: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with `@context`: both contexts, the 2019 one first."""
    named = td.get("@context")
    names = [each for each in named if isinstance(each, str)] if isinstance(named, list) else [named]
    if tuple(names[:2]) == CONTEXTS:
        return []
    return [f"@context begins with {' and '.join(CONTEXTS)}, in this order; it begins with {names[:2]}"]


def type_mistakes(td: Mapping[str, Any]) -> list[str]:
    """Return the schemas that do not have exactly one `type`."""
    return [f"{part.where}: a schema without `type`" for part in islice(_untyped(td), _MOST)]


def parts(td: Mapping[str, Any]) -> Iterator[Part]:
    """Yield every data schema of a description, those within others too."""
    for section in SECTIONS:
        for name, body in _objects(td.get(section)):
            roots = {"": body} if section == "properties" else {term: body.get(term) for term in ("input", "output", "data")}
            for term, schema in roots.items():
                yield from _within(f"{section}/{name}" + (f"/{term}" if term else ""), schema, 0)


def _within(where: str, schema: Any, depth: int) -> Iterator[Part]:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    yield Part(where, schema)
    yield from _within(f"{where}/*", schema.get("items"), depth + 1)
    for name, member in _objects(schema.get("properties")):
        yield from _within(f"{where}/{name}", member, depth + 1)
    choices = schema.get("oneOf")
    for at, choice in enumerate(choices if isinstance(choices, list) else ()):
        yield from _within(f"{where}/oneOf/{at}", choice, depth + 1)


def _untyped(td: Mapping[str, Any]) -> Iterator[Part]:
    return (part for part in parts(td) if not isinstance(part.schema.get("type"), str))


def _objects(section: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(section, Mapping):
        yield from ((str(name), body) for name, body in section.items() if isinstance(body, Mapping))


def _undefined(td: Mapping[str, Any]) -> Iterator[str]:
    defined = td.get("securityDefinitions")
    asked = td.get("security")
    names = [asked] if isinstance(asked, str) else asked if isinstance(asked, list) else []
    known = defined if isinstance(defined, Mapping) else {}
    yield from (str(name) for name in names if not isinstance(name, str) or name not in known)


def _unusable_patterns(td: Mapping[str, Any]) -> Iterator[str]:
    """Yield patterns that are none, or too long to be looked at."""
    for part in parts(td):
        pattern = part.schema.get("pattern")
        if not isinstance(pattern, str):
            continue
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{part.where}: {pattern[:_LONGEST]!r} is no pattern ({error})"
        else:
            if len(pattern) > _LONGEST_PATTERN:
                yield f"{part.where}: a pattern of more than {_LONGEST_PATTERN} characters"


def _is_slight(error: Any) -> bool:
    """Return whether a mistake is one of what is said, and not of the shape it is said in."""
    path = [str(step) for step in error.absolute_path]
    within = {"type", "hl:latency", "hl:report", "hl:constraints", "hl:maxDuration"} & set(path)
    if not path or path[0] not in _JUDGED:
        return True
    return error.validator in _SLIGHT and not within and (error.validator != "pattern" or "forms" in path)


def _told(error: Any) -> str:
    where = "/".join(str(step) for step in error.absolute_path)
    return f"{where or 'the whole'}: {error.message}"[:_LONGEST]


@cache
def _validator() -> Any:
    return Draft202012Validator(read_yaml(FORM), format_checker=FORMATS)
