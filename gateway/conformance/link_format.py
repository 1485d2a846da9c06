"""The list of resources of a CoAP server (RFC 6690), as the judge reads it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_LINK = re.compile(r'\s*<([^>]*)>((?:\s*;\s*[^\s;,="]+(?:=(?:"[^"]*"|[^",;]*))?)*)\s*(?:,|$)')
_ATTRIBUTE = re.compile(r';\s*([^\s;,="]+)(?:=(?:"([^"]*)"|([^",;]*)))?')


@dataclass(frozen=True, slots=True)
class Link:
    """One resource: its path, and its attributes as text (`obs` has an empty one)."""

    path: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def words(self, name: str) -> list[str]:
        """Return the words of an attribute that has several."""
        return self.attributes.get(name, "").split()


def links(text: str) -> Iterator[Link]:
    """Yield the links up to the first that cannot be read."""
    at = 0
    while match := _LINK.match(text, at):
        yield Link(match[1], {name: quoted or plain for name, quoted, plain in _ATTRIBUTE.findall(match[2])})
        at = match.end()
        if at == len(text):
            return
