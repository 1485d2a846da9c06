"""Places on wires whose units say named words, and what such wires' volumes have in common: steps instead of percent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.drivers.parts.reading import Reader, numeric
from gateway.errors import ConfigurationInvalid, SchemaViolation
from gateway.thing.value import Value

Shown = Mapping[str, Value]
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """A word by its name."""

    name: str

    def get(self, shown: Shown) -> Value:
        """Return it, None where the unit has not said it."""
        return shown.get(self.name)

    def put(self, asked: dict[str, Value], raw: Value) -> None:
        """Ask for it."""
        asked[self.name] = raw

    def fits(self, raw: Value) -> bool:
        """Whether it can be asked for at all; what else there is to it is seen when it is."""
        return raw is not None


def named(spec: Any) -> Named:
    """Return the word a piece of mapping data means; raise ConfigurationInvalid when it means none."""
    if isinstance(spec, str):
        return Named(spec)
    raise ConfigurationInvalid(f"{spec!r} is no word of a unit")


def share(spec: Mapping[str, Any]) -> Reader:
    """Return the reader of `{share: LEVEL, of: LOUDEST}`: percent of the steps a unit has."""
    part, whole = spec["share"], spec["of"]

    def read(shown: Shown) -> Value:
        level, most = numeric(shown.get(part)), numeric(shown.get(whole))
        return percent(int(level), int(most)) if level is not None and most else None

    return read


def percent(level: int, most: int) -> int:
    """Return how loud a step is, of the loudest."""
    return max(0, min(PERCENT, round(level * PERCENT / most)))


def step_of(wanted: Value, most: int) -> int:
    """Return the step that shows as this percentage; raise SchemaViolation, which names those near, where none does."""
    level = round((numeric(wanted) or 0) * most / PERCENT)
    if percent(level, most) != wanted:
        near = sorted({percent(max(0, min(most, level + by)), most) for by in (-1, 0, 1)})
        raise SchemaViolation(f"it has {most} steps of volume; near {wanted} are {', '.join(map(str, near))}", property="volume")
    return level


def even_steps(most: int) -> dict[str, dict[str, int]]:
    """Return what narrows the volume where its steps are whole percents, nothing elsewhere."""
    return {"volume": {"multipleOf": PERCENT // most}} if 0 < most < PERCENT and PERCENT % most == 0 else {}
