"""Acknowledgements: accepted, perhaps delayed or running, then exactly one terminal one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.thing.command import Operation, Version
from gateway.thing.timestamp import iso
from gateway.thing.value import Value


class AckState(StrEnum):
    """The life of a command (profile 3.3)."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def terminal(self) -> bool:
        """Return whether no further ack follows."""
        return self not in _OPEN


_OPEN = frozenset({AckState.ACCEPTED, AckState.DELAYED, AckState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """One stage of one command.

    `at` is seconds since the epoch; `percent` 0..100; `remaining` seconds; `version` is the state from which the
    effect is visible; `output` the action's output; `error` the error object of `gateway.errors`.
    """

    id: str
    device: str
    operation: Operation
    name: str
    state: AckState
    at: float
    version: Version | None = None
    phase: str | None = None
    percent: float | None = None
    remaining: float | None = None
    output: Value = None
    error: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the ack object as it travels (profile decision 15)."""
        body: dict[str, Any] = {"id": self.id, "op": self.operation.value, "name": self.name, "state": self.state.value}
        if self.version is not None:
            body |= {"seq": self.version.seq, "boot": self.version.boot}
        optional = {"phase": self.phase, "percent": self.percent, "remaining": self.remaining, "out": self.output, "error": self.error}
        body |= {key: value for key, value in optional.items() if value is not None}
        body["ts"] = iso(self.at)
        return body
