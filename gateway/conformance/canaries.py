"""Words that must be heard nowhere: gathered from what a device tells in private and from who knows more, looked for in what is public."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, Self

from gateway.conformance.bench import Bench
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.lines.mqtt import MqttLine
from gateway.protocol.coap.message import Method

SECRET: Final = ("serial", "hash", "key", "token", "secret", "sig", "claims", "imei", "mac")
"""What the name of a private value says where it is one to be kept."""
SHORTEST: Final = 6
"""Letters of a word that is looked for: a shorter one is found everywhere."""


class Canaries:
    """`words`: each with what it is."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    @classmethod
    async def gathered(cls, bench: Bench) -> Self:
        """Return what this device, its laboratory and this run know of."""
        found = cls()
        for name, body in bench.thing.properties.items():
            if body.get("hl:private"):
                with suppress(Failure):
                    for path, text in _texts(name, await bench.line.read(name)):
                        if any(word in path.lower() for word in SECRET):
                            found.add(path, text)
        for text in (await _truth(bench)).get("canaries", ()):
            found.add("a secret of the laboratory", text)
        for text in bench.extras.get("secrets", ()):
            found.add("a secret of this run", text)
        return found

    def add(self, what: str, word: Any) -> None:
        """Look for a word, too."""
        if isinstance(word, str) and len(word) >= SHORTEST:
            self.words.setdefault(word, what)

    def in_(self, body: bytes) -> str | None:
        """Return what of them is in a body, None where nothing is."""
        text = body.decode(errors="replace")
        return next((what for word, what in self.words.items() if word in text), None)


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(f"{path}.{name}", member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(path, member)


async def _truth(bench: Bench) -> dict[str, Any]:
    if bench.control is None or "truth" not in bench.control.abilities:
        return {}
    with suppress(Untried):
        truth = (await bench.control.do("truth")).get("truth")
        return truth if isinstance(truth, dict) else {}
    return {}


async def where_kept(bench: Bench) -> list[tuple[str, bytes]]:
    """Return everything that strangers can read of a device over this line, and where."""
    if isinstance(bench.line, MqttLine):
        async with bench.line.hearing("td", "avail", "s", "p", "run") as hearing:
            return [(f"{heard.what}/{heard.name}".rstrip("/"), heard.payload) for heard in hearing.items]
    if isinstance(bench.line, CoapLine):
        paths = ("td", "s", "/.well-known/core", "/d", "/")
        return [(path, (await bench.line.request(Method.GET, path)).payload) for path in paths]
    return []
