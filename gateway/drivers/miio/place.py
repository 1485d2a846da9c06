"""A place on this wire: a property by its number ("siid.piid"), in the older dialect by its name; `!` before it turns a switch round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True)
class Place:
    """The property `key`; `opposite`: true where it is false."""

    key: str
    opposite: bool = False

    def get(self, shown: Mapping[str, Value]) -> Value:
        """Return what the device shows there, None when it shows nothing."""
        raw = shown.get(self.key)
        return raw if not self.opposite or raw is None else not raw

    def put(self, asked: dict[str, Value], raw: Value) -> None:
        """Ask for it."""
        asked[self.key] = raw

    def fits(self, raw: Value) -> bool:
        """Whether JSON has a form for it."""
        return isinstance(raw, bool | int | float | str)


def place(written: Any) -> Place:
    """Return the place as it stands in the data; raise ConfigurationInvalid for what YAML made a number of (2.10 would be 2.1)."""
    if not isinstance(written, str) or not written.lstrip("!"):
        raise ConfigurationInvalid(f'{written!r} is no place: write it in quotes, as "2.10"')
    return Place(written.removeprefix("!"), opposite=written.startswith("!"))
