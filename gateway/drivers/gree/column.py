"""A place on this wire: a column, which is a short name with a whole number."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

Shown = Mapping[str, int]
_MOST = 65535


@dataclass(slots=True)
class Order:
    """What is to be set, by column; `shown` is what the unit has shown so far: a column it never showed is not sent to it."""

    shown: Shown
    columns: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str

    def get(self, shown: Shown) -> int | None:
        """Return its number, None when the unit does not show it."""
        return shown.get(self.name)

    def put(self, asked: Order, raw: Value) -> None:
        """Ask for a number there, where the unit has such a column."""
        if self.name in asked.shown:
            asked.columns[self.name] = int(raw)

    def fits(self, raw: Value) -> bool:
        """Whether this can stand there."""
        return isinstance(raw, int) and 0 <= raw <= _MOST


def column(written: object) -> Column:
    """Return the column written as its name."""
    if not isinstance(written, str) or not written:
        raise ConfigurationInvalid(f"{written!r} is no column")
    return Column(written)
