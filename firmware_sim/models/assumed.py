"""What an infrared remote knows of an appliance without network: what it sent last, and nothing else.

A write is done once it was sent. Until something was sent nothing is known; what only the appliance could measure is never known.
"""

from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import Any, cast

from firmware_sim.infrared.code_sets import CodeSet
from firmware_sim.models.model import Check, Model
from firmware_sim.models.papers import Papers
from firmware_sim.refusal import Refusal
from firmware_sim.surface import Surface

Transmit = Callable[[Mapping[str, Any]], None]
"""Sends the values of a frame; Refusal when the remote cannot send now."""
ALWAYS = ("faults", "claims", "safeUse", "energyLabel")
"""Properties that say of themselves that nothing is known."""


class Assumed(Model):
    """A model of a kind that only remembers; `transmit` is set when the home binds it to its remote."""

    CODES: CodeSet

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.papers = NoPapers(self.PRODUCT, self.KIND, random)
        self.settings = dict(self.CODES.start)
        self.transmit: Transmit = _unbound
        self.sent = False
        self._names: frozenset[str] = frozenset()

    def furnish(self, surface: Surface) -> None:
        """Learn what there is, so as to say what is not known of it."""
        self._names = frozenset(surface.properties)

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Send; what cannot be sent is not written."""
        self.transmit({**self.settings, **changes})
        self.sent = True

    def unknown(self) -> Collection[str]:
        """Everything that was never sent."""
        return self._names - set(ALWAYS) - (set(self.CODES.start) if self.sent else set())

    def qualities(self) -> dict[str, str]:
        """Nothing it says is more than assumed."""
        return dict.fromkeys(self._names - set(self.unknown()), "assumed")

    def checks(self) -> list[Check]:
        """Nothing of it can be checked from afar."""
        return []

    def readings(self) -> dict[str, Any]:
        """Nothing is measured."""
        return {}

    def working(self) -> bool:
        """Nobody knows."""
        return False

    def kept(self) -> dict[str, Any]:
        """Keep whether something was sent."""
        return {"sent": self.sent}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Remember whether something was sent."""
        self.sent = bool(kept["sent"])

    def lit(self, outage: float) -> None:
        """Remember: a remote's flash outlives a power cut."""


class NoPapers(Papers):
    """Of an appliance that cannot speak nobody knows the papers."""

    def readings(self) -> dict[str, Any]:
        """Say that nothing is known where the profile has words for it."""
        return {"safeUse": {"state": "unknown"}, "claims": [], "energyLabel": []}


def _unbound(_: Mapping[str, Any]) -> None:
    raise Refusal("offline", "no remote speaks for it")


def assumed_model(codes: CodeSet) -> type[Model]:
    """Return the model of what a remote knows of an appliance of the code set's kind."""
    facts: dict[str, Any] = {
        "KIND": codes.kind,
        "PREFIX": codes.kind,
        "FEATURES": codes.features,
        "NARROWED": codes.narrowed,
        "CODES": codes,
    }
    return cast("type[Model]", type("AssumedKind", (Assumed,), facts))
