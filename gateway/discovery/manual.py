"""The manual list: units a person names, by address (`driver://host:port`) or in full (a mapping with the unit's key).

An address is asked directly, again and again, until the driver says who is there; what answers is accepted, for a
person named it. A mapping with `key` needs no answer: it is registered as it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.drivers.spi import Registration
from gateway.errors import ConfigurationInvalid

_EXAMPLE = "write it as driver://host or driver://host:port, or as a mapping with driver, key, host, port"


@dataclass(frozen=True, slots=True)
class Asked:
    """An address to ask with one driver; `port` 0 is the driver's own."""

    driver: str
    host: str
    port: int = 0

    @property
    def where(self) -> str:
        """Return `host` or `host:port`, as `SearchContext.unicast` has it."""
        return f"{self.host}:{self.port}" if self.port else self.host


def parse_manual(entries: Iterable[str | Mapping[str, Any]]) -> tuple[tuple[Asked, ...], tuple[Registration, ...]]:
    """Return the addresses to ask and the units to register; raise ConfigurationInvalid naming the entry that is wrong."""
    asked: list[Asked] = []
    registered: list[Registration] = []
    for entry in entries:
        if isinstance(entry, str):
            asked.append(_address(entry))
        elif "key" in entry:
            registered.append(_registration(entry))
        else:
            asked.append(Asked(_text(entry, "driver"), _text(entry, "host"), _port(entry)))
    return tuple(asked), tuple(registered)


def _address(text: str) -> Asked:
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError as error:
        raise ConfigurationInvalid(f"{text!r} is no address of a unit: {_EXAMPLE}") from error
    if not parts.scheme or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise ConfigurationInvalid(f"{text!r} is no address of a unit: {_EXAMPLE}")
    return Asked(parts.scheme, parts.hostname, port)


def _registration(entry: Mapping[str, Any]) -> Registration:
    return Registration(
        driver=_text(entry, "driver"),
        key=_text(entry, "key"),
        address=str(entry.get("host", "")),
        port=_port(entry),
        facts=_texts(entry, "facts"),
        credentials=_texts(entry, "credentials"),
    )


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigurationInvalid(f"a manual entry without {name}: {_EXAMPLE}")
    return value


def _port(entry: Mapping[str, Any]) -> int:
    port = entry.get("port", 0)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:  # noqa: PLR2004 - the ports there are
        raise ConfigurationInvalid(f"{port!r} is no port: {_EXAMPLE}")
    return port


def _texts(entry: Mapping[str, Any], name: str) -> dict[str, str]:
    value = entry.get(name, {})
    if not isinstance(value, Mapping):
        raise ConfigurationInvalid(f"{name} of a manual entry must be a mapping: {_EXAMPLE}")
    return {str(key): str(text) for key, text in value.items()}
