"""A command: what is asked of one device, by whom, and until when."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.thing.principal import Principal
from gateway.thing.value import Value


class Operation(StrEnum):
    """The W3C operation names that change something."""

    WRITE_PROPERTY = "writeproperty"
    WRITE_MULTIPLE = "writemultipleproperties"
    INVOKE_ACTION = "invokeaction"
    CANCEL_ACTION = "cancelaction"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of one device: `boot` changes on restart, `seq` grows within a boot. This is what `if` and ETag name."""

    boot: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One request.

    `id` is unique per principal for 10 minutes: the same id again returns the same acks and acts once.
    `name` is the property or action; empty for writemultipleproperties; the id of the run for cancelaction.
    `input` is the value, the partial map, or the action's input.
    `expires` is seconds since the epoch (UTC).
    """

    id: str
    device: str
    operation: Operation
    name: str
    input: Value
    principal: Principal
    expires: float | None = None
    expected: Version | None = None
    why: str = ""
    confirmation: str | None = None
    extra: dict[str, Value] = field(default_factory=dict, compare=False)
