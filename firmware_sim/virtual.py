"""An appliance without network that an infrared remote speaks for: what stands on the network, and what really is in the room.

The two know nothing of each other. The one that is shown sends by its remote; the one in the room does what it hears, if it has power and
does not miss it, and what people do with its own handheld remote. So they drift apart as in every living room.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from firmware_sim.air import Air
from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.infrared.code_sets import code_set
from firmware_sim.infrared.ear import Ear
from firmware_sim.models.assumed import Assumed, assumed_model
from firmware_sim.notice import Notice, Power
from firmware_sim.plan import UnitPlan
from firmware_sim.profile import locate

MISSES = 0.02
"""Share of frames the appliance in the room does not catch; `facts: {misses: 0.5}` in a home file says otherwise."""


def make_virtual(kind: str, *, profiles: Iterable[Path] = (), **options: Any) -> Appliance:
    """Return what stands on the network; SetupMistake when no remote for the kind is known. Options as `make_appliance` takes them."""
    codes = code_set(locate(kind, profiles).kind)
    return make_appliance(kind, profiles=profiles, model_type=assumed_model(codes), **options)


def make_hidden(shown: Appliance, plan: UnitPlan, *, speed: float = 1.0, state: Path | None = None) -> Appliance:
    """Return what is in the room: a whole appliance of the kind, without wires."""
    return make_appliance(
        plan.kind,
        identifier=f"{shown.identifier}-itself",
        seed=plan.seed or 0,
        clock=SimulatorClock(speed=speed),
        state=state,
        profiles=plan.profiles,
    )


class Bond:
    """Binds a shown appliance to its remote, and the one in the room to the air; made once, before time begins."""

    def __init__(self, remote: Appliance, shown: Appliance, hidden: Appliance, air: Air, *, misses: float = MISSES, seed: int = 0) -> None:
        self._remote = remote
        self._shown = shown
        self._codes = code_set(shown.kind)
        if isinstance(shown.model, Assumed):
            shown.model.transmit = self._send
        remote.listen(self._remote_heard)
        air.listen(ear_of(hidden, shown.identifier, misses=misses, seed=seed).hear)
        if not remote.powered:
            shown.supply(0.0)

    def _send(self, values: Mapping[str, Any]) -> None:
        burst = self._codes.encode(values)
        self._remote.invoke("send", {"raw": list(burst.pulses), "carrier": burst.carrier})

    def _remote_heard(self, notice: Notice) -> None:
        """Without its remote it is not on the network."""
        if isinstance(notice, Power):
            self._shown.mains("on" if notice.on else "off")


def ear_of(appliance: Appliance, name: str, *, misses: float = MISSES, seed: int = 0) -> Ear:
    """Return the receiver of what is in a room; SetupMistake when it has no remote."""
    return Ear(appliance, misses=misses, random=Random(f"infrared:{name}:{seed}"))  # noqa: S311 - a missed frame is no secret
