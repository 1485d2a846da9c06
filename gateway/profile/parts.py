"""What kinds have in common: the base and the mixins come back in every flat model, so their parts are kept once.

A part is an affordance, a feature or a constraint. Forty kinds have 2,600 of them, 760 of which differ.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from gateway.profile.features import SECTIONS

_SHARED = (*SECTIONS, "hl:features")


def with_parts(document: Mapping[str, Any], put: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the document with every shared part replaced by what `put` gives for it."""
    sections = {section: entries for section in _SHARED if isinstance(entries := document.get(section), dict)}
    changed = {section: {name: put(body) for name, body in entries.items()} for section, entries in sections.items()}
    rules: Iterable[Any] = document.get("hl:constraints") or ()
    return {**document, **changed, "hl:constraints": [put(rule) for rule in rules]}


class Parts:
    """The parts of all models read so far. What it gives is shared: do not modify it."""

    def __init__(self) -> None:
        self._known: dict[bytes, Any] = {}

    def shared(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the same document, made of parts that are known already as far as there are such."""
        return with_parts(document, self._part)

    def _part(self, body: Any) -> Any:
        text = orjson.dumps(body)
        key = blake2b(text, digest_size=16).digest()
        if key not in self._known:
            self._known[key] = orjson.loads(text)  # and not `body`: orjson keeps one string for each name of a member
        return self._known[key]
