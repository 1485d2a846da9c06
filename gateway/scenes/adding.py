"""The text of a scene changed by choosing: a step more where its steps end, another name; both as a person would have typed them."""

import json
import re
from collections.abc import Mapping
from typing import Final

from gateway.thing.value import Value

STEPS: Final = "steps:"
HEAD: Final = {"scene:": "scene: my-scene", "names:": "names: {en: My scene}"}
INDENT: Final = "  "
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LETTERS: Final = re.compile(r"[a-z0-9]+")
LONGEST_ID: Final = 40
_TAKEN: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that YAML takes for something else."""
_EMPTY: Final = re.compile(r"^steps:\s*(\[\s*\]|~|null)?\s*$")


def with_step(text: str, select: Mapping[str, str], deed: Mapping[str, Value]) -> str:
    """Return a scene's text with one more step; `select`: words of a selector, `deed`: `set` with its values, or `invoke` and `input`."""
    lines = _lines(text)
    begin = next((at for at, line in enumerate(lines) if line.startswith(STEPS)), None)
    if begin is None:
        lines.append(STEPS)
        begin = len(lines) - 1
    elif _EMPTY.match(lines[begin]):
        lines[begin] = STEPS
    end = next((at for at in range(begin + 1, len(lines)) if lines[at][:1] not in ("", " ", "-", "#")), len(lines))
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1  # a comment here tells of what follows
    first = next((line for line in lines[begin + 1 : end] if line.lstrip().startswith("- ")), f"{INDENT}- ")
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join([*lines[:end], *_step(indent, select, deed), *lines[end:]]) + "\n"


def named(text: str, name: str, language: str) -> str:
    """Return a scene's text with another name, which English readers see as well; its id is made of it where it has letters for one."""
    names = {"en": name or "My scene"} | ({language: name} if name and language != "en" else {})
    slug = "-".join(_LETTERS.findall(name.lower()))[:LONGEST_ID].strip("-")
    said = {"names:": f"names: {_flow(names)}"} | ({"scene:": f"scene: {_flow(slug)}"} if slug else {})
    return "\n".join(next((new for word, new in said.items() if line.startswith(word)), line) for line in _lines(text)) + "\n"


def _lines(text: str) -> list[str]:
    """Return the lines of a text, with a head where it has none."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    missing = [line for word, line in HEAD.items() if not any(each.startswith(word) for each in lines)]
    return [*missing, *(lines if any(lines) else [])]


def _step(indent: str, select: Mapping[str, str], deed: Mapping[str, Value]) -> list[str]:
    members = {"select": select, **deed}
    return [f"{indent}{'- ' if not at else INDENT}{name}: {_flow(value)}" for at, (name, value) in enumerate(members.items())]


def _flow(value: object) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _TAKEN:
        return value
    return json.dumps(value, ensure_ascii=False)
