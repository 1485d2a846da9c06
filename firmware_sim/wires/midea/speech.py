"""What one type of appliance says: it knows bodies and the appliance, nothing of frames."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.appliance import Appliance

OTHER_ERROR = 99
"""The number shown for a fault that has none of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice; it is news when `about` has changed, or, where that is empty, anything in it."""

    body: bytes
    about: bytes = b""

    @property
    def news(self) -> bytes:
        """What of it must differ for it to be said."""
        return self.about or self.body


Notices = Mapping[str, Told]


class Speech(ABC):
    """The speech of one appliance.

    `version`: of the type's own protocol. `numbered`: its frames carry a message number and a CRC. `silent`: the answer to a command does
    not show its effect.
    """

    type: int
    version = 3
    numbered = False
    silent = False

    def __init__(self, appliance: Appliance, quirks: frozenset[str] = frozenset()) -> None:
        self._appliance = appliance
        self._quirks = quirks

    @abstractmethod
    def ask(self, body: bytes) -> bytes | None:
        """Answer a query; None: it does not know it."""

    @abstractmethod
    def obey(self, body: bytes) -> bytes | None:
        """Do what a command says, as far as the appliance takes it, and answer; raises Unreadable."""

    @abstractmethod
    def notices(self) -> Notices:
        """Return what it would say unasked, as things stand."""


def error_number(values: Mapping[str, Any], numbers: Mapping[str, int]) -> int:
    """Return the number the display shows for the first fault, zero without one."""
    faults = values.get("faults") or []
    return numbers.get(str(faults[0].get("code")), OTHER_ERROR) if faults else 0
