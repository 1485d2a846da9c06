"""Whether a Thing Description is one by W3C's TD 1.1, as the judge reads it (`td_form.yaml`), and by the words this standard adds to it.

Published clients are stricter than the Recommendation: they want the 2019 context first, and one `type` in every schema. A description that
is right by the letter and that nobody can read helps nobody.
"""

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
_MOST: Final = 20
"""Mistakes that are named."""
_LONGEST: Final = 160
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class Part:
    """One data schema of a description: where it stands (`properties/power`) and what it says."""

    where: str
    schema: Mapping[str, Any]

    @property
    def affordance(self) -> str:
        """Return section and name, as `properties/power`."""
        return "/".join(self.where.split("/")[:2])


def form_mistakes(td: Mapping[str, Any]) -> list[str]:
    """Return what is wrong by TD 1.1, the first of it, each with its place."""
    found = [_told(error) for error in islice(_validator().iter_errors(td), _MOST)]
    return found + [f"security: `{name}` is not among securityDefinitions" for name in _undefined(td)][:_MOST]


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


def _told(error: Any) -> str:
    where = "/".join(str(step) for step in error.absolute_path)
    return f"{where or 'the whole'}: {error.message}"[:_LONGEST]


@cache
def _validator() -> Any:
    return Draft202012Validator(read_yaml(FORM), format_checker=FORMATS)
