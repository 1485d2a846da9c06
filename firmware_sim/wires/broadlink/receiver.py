"""The receiver of a transmitter: what it hears while it learns, kept as a code until somebody fetches it.

It measures times in its own ticks and knows no encodings: what it keeps is what it heard. It listens for half a minute, or until the first
burst that is no flicker of a lamp.
"""

from collections.abc import Callable

from firmware_sim.air import Burst
from firmware_sim.appliance import Appliance
from firmware_sim.infrared.heard import BAND, FEWEST
from firmware_sim.models.ir_remote import IrRemote
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.broadlink import code

LISTENS = 30.0
"""Seconds."""
LONGEST = 1024
"""Marks and gaps of a code it has room for."""


class Receiver:
    """`time`: seconds that only grow; `listen` begins to hear the room until `end`."""

    def __init__(self, appliance: Appliance, time: Callable[[], float]) -> None:
        if not isinstance(appliance.model, IrRemote):
            raise SetupMistake(f"a Broadlink transmitter is an ir-remote, not a {appliance.kind}")
        self._appliance = appliance
        self._model = appliance.model
        self.time = time
        self._until = 0.0
        self._heard: bytes | None = None
        self._end: Callable[[], None] = lambda: None

    @property
    def listening(self) -> bool:
        """Whether it learns at this moment."""
        return self.time() < self._until

    def plug_in(self) -> None:
        """Hear the air of the room from now on."""
        self._end = self._model.air.listen(self._hear)

    def unplug(self) -> None:
        """Hear nothing any more."""
        self._end()
        self._end = lambda: None

    def learn(self) -> None:
        """Forget what was heard, and listen."""
        self._heard, self._until = None, self.time() + LISTENS

    def stop(self) -> None:
        """Listen no longer."""
        self._until = 0.0

    def fetched(self) -> bytes | None:
        """Return the code that was heard, None when there is none; it is kept until the next time of learning."""
        return self._heard

    def _hear(self, burst: Burst) -> None:
        if not self.listening or self._model.covered or not self._appliance.powered:
            return
        if FEWEST <= len(burst.pulses) <= LONGEST and BAND[0] <= burst.carrier <= BAND[1]:
            self._heard, self._until = code.encode(burst.pulses), 0.0
