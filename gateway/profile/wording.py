"""A kind told in words: values, access, conditions, actions; in English or in Chinese."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from gateway.profile.duration import seconds_of
from gateway.profile.kind import Kind
from gateway.profile.units import symbol

Entry = Mapping[str, Any]
LANGUAGES = ("en", "zh-Hans")
_SHORTEST_RUN = 4


@cache
def phrases(language: str) -> dict[str, str]:
    """Return the sentences of one language."""
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only where something is told

    return {name: texts[language] for name, texts in read_yaml(Path(__file__).with_name("phrases.yaml")).items()}


class Words:
    """What is said of one kind in one language (en or zh-Hans). Words of an enum stay what they are on the wire."""

    def __init__(self, kind: Kind, language: str = "en") -> None:
        self.properties: Entry = kind.document.get("properties", {})
        self._actions: Entry = kind.document.get("actions", {})
        self._phrases = phrases(language)
        self.language = language

    def say(self, phrase: str, **parts: object) -> str:
        """Return one phrase, filled in."""
        return self._phrases[phrase].format(**parts)

    def title(self, entry: Entry) -> str:
        """Return the title of an affordance, feature or constraint."""
        return str(entry.get("titles", {}).get(self.language) or entry.get("title", ""))

    def text(self, entry: Entry) -> str:
        """Return the description, empty where there is none."""
        return str(entry.get("descriptions", {}).get(self.language) or entry.get("description", ""))

    def name(self, name: str) -> str:
        """Return the title of a property or action by its name; of `list/*/member`, the list's and the member."""
        base, _, member = name.partition("/*/")
        found = self.properties.get(base) or self._actions.get(base)
        title = self.title(found) if found else base
        return f"{title} ({member})" if member else title

    def values(self, schema: Entry, *, most: int | None = None) -> str:
        """Return which values there are; `most`: of a longer enum, only so many words."""
        if "enum" in schema:
            words = [number_text(value) for value in schema["enum"]]
            left = len(words) - most if most is not None and len(words) > most + 1 else 0
            told = " | ".join(words[: len(words) - left]) + _unit(schema) + (f" | {self.say('more', n=left)}" if left else "")
            return told + (f" ({self.say('open')})" if schema.get("hl:openEnum") else "")
        tell = _VALUES.get(str(schema.get("type")))
        return self.say("anything") if tell is None else tell(self, schema)

    def access(self, schema: Entry) -> str:
        """Return who may do what with a property."""
        parts = [self.say("read" if schema.get("readOnly") else "read, write")]
        parts += [self.say("private")] if schema.get("hl:private") else []
        return self.listed([*parts, *self._danger(schema)])

    def manner(self, schema: Entry) -> str:
        """Return how an action goes: how long, what may be done meanwhile, what it answers."""
        parts: list[str] = []
        if schema.get("synchronous") is False:
            parts.append(self.say("long", time=self.time(seconds_of(schema.get("hl:maxDuration")) or 0)))
            parts += [self.say("phases", list=self.listed(schema["hl:phases"]))] if "hl:phases" in schema else []
            parts += [self.say("cancellable")] if schema.get("hl:cancellable") else []
        parts += [self.say("atomic")] if schema.get("hl:atomic") else []
        parts += self._danger(schema)
        parts += [self.say("answers", output=self.values(schema["output"]))] if "output" in schema else []
        return self.listed(parts)

    def condition(self, condition: Entry) -> str:
        """Return a condition: Operating mode is heat."""
        return self.say("and").join(self.say("is", name=self.name(name), values=self.choice(name, one)) for name, one in condition.items())

    def choice(self, name: str, values: Iterable[Any]) -> str:
        """Return some values of a property: auto, cool or heat."""
        schema = self.properties.get(name, {})
        words = [self.say("word", word=word) for word in self._told(schema, list(values))]
        return self.say("or").join([self.say("in list").join(words[:-1]), words[-1]] if len(words) > 1 else words)

    def time(self, seconds: float) -> str:
        """Return a duration in the unit people would choose."""
        for unit, length in (("h", 3600), ("min", 60)):
            if seconds >= length and seconds % length == 0:
                return self.say(unit, n=number_text(seconds / length))
        return self.say("s", n=number_text(seconds))

    def listed(self, parts: Iterable[str]) -> str:
        """Return what is not empty, with commas between."""
        return self.say("comma").join(part for part in parts if part)

    def truth(self, value: bool, schema: Entry) -> str:
        """Return true or false as people say it: on and off of what can be set, yes and no of what is only read."""
        pair = ("yes", "no") if schema.get("readOnly") else ("on", "off")
        return self.say(pair[0] if value else pair[1])

    def _told(self, schema: Entry, values: list[Any]) -> list[str]:
        if len(values) >= _SHORTEST_RUN and all(type(value) is int for value in values):
            steps = {after - before for before, after in pairwise(values)}
            if len(steps) == 1:
                return [f"{values[0]} … {values[-1]}{_unit(schema)}"]
        return [self.truth(value, schema) if isinstance(value, bool) else f"{number_text(value)}{_unit(schema)}" for value in values]

    def _danger(self, schema: Entry) -> list[str]:
        danger = schema.get("hl:danger", 0)
        return [self.say(f"danger {danger}")] if danger in (2, 3) else []


def number_text(value: Any) -> str:
    """Return a value as people write it: 24, not 24.0."""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)  # noqa: PLR2004 - beyond it %g turns to powers


def _unit(schema: Entry) -> str:
    unit = symbol(schema.get("unit"))
    return f" {unit}" if unit else ""


def _numbers(words: Words, schema: Entry) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    parts = [f"{number_text(low)} … {number_text(high)}{_unit(schema)}" if low is not None and high is not None else _unit(schema)]
    if schema.get("multipleOf", 1) != 1:
        parts.append(words.say("step", step=number_text(schema["multipleOf"])))
    elif "hl:resolution" in schema:
        parts.append(words.say("resolution", step=number_text(schema["hl:resolution"])))
    return words.listed(parts)


def _booleans(words: Words, schema: Entry) -> str:
    return " | ".join(words.truth(value, schema) for value in (True, False))


def _texts(words: Words, schema: Entry) -> str:
    if schema.get("format") in ("date", "date-time"):
        return words.say(schema["format"])
    return words.say("text of", most=schema["maxLength"]) if "maxLength" in schema else words.say("text")


def _lists(words: Words, schema: Entry) -> str:
    head = words.say("list of", most=schema["maxItems"]) if "maxItems" in schema else words.say("list")
    return f"{head}: {words.values(schema['items'])}" if "items" in schema else head


def _objects(words: Words, schema: Entry) -> str:
    members = schema.get("properties", {})
    return f"{{{', '.join(members)}}}" if members else words.say("object")


_VALUES: dict[str, Callable[[Words, Entry], str]] = {
    "number": _numbers,
    "integer": _numbers,
    "boolean": _booleans,
    "string": _texts,
    "array": _lists,
    "object": _objects,
}
