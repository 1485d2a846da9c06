"""What a person, or the options of a command, say about a new profile."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import typer

from gateway.cli.literal import read_value
from gateway.errors import ConfigurationInvalid
from gateway.profile.model import Model
from gateway.profile.scaffold import FORMS, OwnProperty
from gateway.thing.description import Description

_KIND = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-zA-Z0-9]{0,47}\Z")
_LIMITS = 4


def ask(
    question: str, given: str | None, *, yes: bool, default: str | None = None, choices: Collection[str] = (), several: bool = False
) -> str:
    """Return the option's value, or ask for it; with `yes` the default counts, and without one that is a mistake."""
    if given is None and yes and default is None:
        raise ConfigurationInvalid(f"not said, and --yes asks nothing: {question}")
    answer = given if given is not None else default if yes and default is not None else str(typer.prompt(question, default=default))
    for word in words_of(answer) if several else (answer,):
        if choices and word not in choices:
            raise ConfigurationInvalid(f"{word!r} is none of {', '.join(choices)}")
    return answer.strip()


def words_of(answer: str) -> tuple[str, ...]:
    """Return the words of a list with commas, each once."""
    return tuple(dict.fromkeys(word.strip() for word in answer.split(",") if word.strip()))


def check_kind_name(name: str) -> str:
    """Return the name; raise ConfigurationInvalid where it is none."""
    if not _KIND.match(name):
        raise ConfigurationInvalid(f"{name!r} is no name of a kind: small letters and digits, words with hyphens, such as egg-boiler")
    return name


def own_properties(given: list[str], *, yes: bool) -> tuple[OwnProperty, ...]:
    """Return the properties said by options, or asked for one by one until an empty name."""
    if given or yes:
        return tuple(property_of(text) for text in given)
    return tuple(_asked_properties())


def property_of(text: str) -> OwnProperty:
    """Return the property NAME:FORM:TITLE:标题[:MORE] says."""
    name, form, title, chinese, *more = (part.strip() for part in f"{text}:::".split(":"))
    more = [part for part in more if part]
    if not _NAME.match(name) or form not in FORMS or not title or not chinese:
        raise ConfigurationInvalid(f"{text!r} is no property: write NAME:FORM:TITLE:标题[:MORE], FORM one of {', '.join(FORMS)}")
    if form == "switch":
        return OwnProperty(name=name, form=form, title=title, chinese=chinese)
    if form == "choice":
        if not more:
            raise ConfigurationInvalid(f"{name} is a choice of nothing: write its words with commas at the end")
        return OwnProperty(name=name, form=form, title=title, chinese=chinese, words=words_of(more[0]))
    low, high, step, unit = (*more[:_LIMITS], *[""] * (_LIMITS - len(more)))
    numbers = [_number(part, name) for part in (low, high, step)]
    return OwnProperty(
        name=name, form=form, title=title, chinese=chinese, minimum=numbers[0], maximum=numbers[1], step=numbers[2], unit=unit
    )


def _asked_properties() -> Iterator[OwnProperty]:
    while name := str(typer.prompt("A property of its own, such as waterLevel (empty: no more)", default="", show_default=False)).strip():
        form = ask(f"  Form ({', '.join(FORMS)})", None, yes=False, default="reading", choices=FORMS)
        parts = [name, form, ask("  Title in English", None, yes=False), ask("  Title in Chinese 中文名称", None, yes=False)]
        if form == "choice":
            parts.append(ask("  Words, with commas", None, yes=False))
        elif form != "switch":
            parts += [ask(f"  {what}", None, yes=False, default=default) for what, default in _QUESTIONS]
        yield property_of(":".join(parts))


_QUESTIONS = (
    ("Minimum", "0"),
    ("Maximum", "100"),
    ("Step (of a reading: what it is rounded to)", "1"),
    ("SenML unit (Cel, %, W, min ...)", "%"),
)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationInvalid(f"{name}: {text!r} is no number; write MINIMUM:MAXIMUM:STEP:UNIT") from None


def narrowing_answers(kind: Model, features: tuple[str, ...], given: list[str], *, yes: bool) -> dict[str, dict[str, Any]]:
    """Return where the model is narrower, from options, or asked for every number and word that can be set."""
    if given or yes:
        return dict(_narrowing_of(text) for text in given)
    found: dict[str, dict[str, Any]] = {}
    instance = kind.instance(Description(id="model", kind=kind.kind, major=kind.major, features=features))
    for name, each in instance.properties.items():
        if not each.read_only and (terms := _asked_terms(name, dict(each.schema))):
            found[name] = terms
    return found


def _narrowing_of(text: str) -> tuple[str, dict[str, Any]]:
    target, _, rest = text.partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",") if pair]
    if not target or not pairs or not all(sign for _, sign, _ in pairs):
        raise ConfigurationInvalid(f"{text!r} narrows nothing: write PROPERTY:TERM=VALUE,TERM=VALUE")
    return target.strip(), {name: _term(name, value.strip()) for term, _, value in pairs for name in [term.strip()]}


def _term(name: str, value: str) -> Any:
    if name == "enum":
        return value.split()
    kinds = {"readOnly": "boolean", "hl:reason": "string"}
    return read_value(value, {"type": kinds.get(name, "number")})


def _asked_terms(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    if schema.get("type") in ("number", "integer"):
        for term in ("minimum", "maximum", "multipleOf"):
            if term in schema:
                answer = str(typer.prompt(f"{name}: {term}", default=f"{schema[term]:g}"))
                value = read_value(answer, {"type": "number"})
                terms |= {term: value} if value != schema[term] else {}
    elif schema.get("enum") and schema.get("type") == "string":
        every = " ".join(schema["enum"])
        words = str(typer.prompt(f"{name}: words", default=every)).split()
        terms |= {"enum": words} if words != schema["enum"] else {}
    return terms
