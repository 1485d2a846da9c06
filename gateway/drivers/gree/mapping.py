"""The mapping data of one kind of appliance, read from YAML, checked and made into readers and writers.

`kinds/*.yaml` has one file for each kind. `sorts` are the numbers (`mid`, with * for the rest) by which the make knows such units; `needs`
the columns a unit must show to be one, `ask` the others, in pieces, because some units say nothing at all when one of the columns is
unknown to them. A feature is there once the unit has shown everything it `gives`, a word when it has the column that `words` name, and
what is the make's `own` once it has been shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.gree.column import Order, Shown
from gateway.drivers.gree.vocabulary import READERS, WRITERS
from gateway.drivers.parts.sheet import built, common, document
from gateway.drivers.parts.table import Table, rows
from gateway.errors import ReadOnly
from gateway.thing.value import Value

FOLDER = Path(__file__).parent / "kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Table):
    """Everything the driver knows about one kind of appliance.

    `words`: word of a property to the column it needs, None for none. `own`: the schemas of properties the profile has no word for.
    `sensed`: readings that come from a sensor.
    """

    sorts: tuple[str, ...]
    needs: tuple[str, ...]
    ask: tuple[tuple[str, ...], ...]
    words: Mapping[str, Mapping[str, str | None]]
    own: Mapping[str, Mapping[str, Any]]
    sensed: tuple[str, ...]

    def order(self, asked: Mapping[str, Value], shown: Shown) -> dict[str, int]:
        """Return the columns to set; raise ReadOnly for what this unit cannot set, SchemaViolation for a value without a form."""
        columns: dict[str, int] = {}
        for name, value in asked.items():
            order = Order(shown)
            if name in self.writers:
                self.writers[name](order, value)
            if not order.columns:
                raise ReadOnly(f"{name} cannot be set on this appliance: it has no column for it", property=name)
            columns |= order.columns
        return columns

    def is_sort(self, sort: str) -> bool:
        """Whether units with this number are of this kind."""
        return any(fnmatchcase(sort, pattern) for pattern in self.sorts)


@cache
def kinds(folder: Path = FOLDER) -> tuple[Kind, ...]:
    """Return all kinds; raise ConfigurationInvalid that names the file when one is wrong."""
    return tuple(built(_kind, document(file), file) for file in sorted(folder.glob("*.yaml")))


def _kind(data: Mapping[str, Any]) -> Kind:
    return Kind(
        **common(data),
        **rows(data, READERS, WRITERS),
        sorts=tuple(data["sorts"]),
        needs=tuple(data["needs"]),
        ask=tuple(tuple(piece) for piece in data["ask"]),
        words={name: dict(words) for name, words in data.get("words", {}).items()},
        own={name: dict(schema) for name, schema in data.get("own", {}).items()},
        sensed=tuple(name for name, spec in data["read"].items() if "sensor" in spec),
    )
