"""A simulated ECHONET Lite appliance: UDP 3610, questions to its own address and, where it hears them, to the group 224.0.23.0.

Answers go to port 3610 of the asker, as the standard says. A change is announced to the group unasked, and so is the list of objects when
the node starts. Units of one home with the same address are objects of one node (see `echonet/household.py`).

`options.facts`, all optional: `class` (0x03C5 makes a washing machine one that only washes, 0x0029 a sensor one sense only), `broadcast`
(true: also hear the group), `unable` (codes of properties that stand in the maps and cannot be got), `locked` (codes of properties that
cannot be set, as the map says), `most` (only so many properties of a request are answered), `quirks`: `deaf` (a request with more than
`most` gets no answer at all), `to-source` (answers go to the port the question came from), `quiet` (nothing is ever announced), `nameless`
(no identification number), `meek` (claims to have done what it refused). Of one node the first unit's facts count, except `class`,
`unable`, `locked` and `meek`.
"""

import contextlib
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Self

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Changed, Notice
from firmware_sim.wire import WireOptions
from firmware_sim.wires.echonet.classes import CLASSES, classes_of
from firmware_sim.wires.echonet.household import PORT, Household, household
from firmware_sim.wires.echonet.instance import Instance


class Wire:
    """The wire of one unit; `home` is the node it is part of."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance = appliance
        self._network = network
        self._facts = options.facts
        self._classes = classes_of(appliance.kind, appliance.surface, options.facts.get("class"))
        self._asked_port = PORT if options.port is None else options.port
        self._stack = contextlib.AsyncExitStack()
        self._instances: Sequence[Instance] = ()
        self.home: Household | None = None

    @property
    def port(self) -> int | None:
        """The UDP port it listens on."""
        return self.home.port if self.home is not None else None

    async def __aenter__(self) -> Self:
        place = (self._network.address, self._asked_port)
        async with contextlib.AsyncExitStack() as stack:
            home = await stack.enter_async_context(household(place, self._appliance.identifier, self._appliance.kind, self._facts))
            self._instances = await home.join(self._network, [partial(self._instance, home, kind) for kind in self._classes])
            stack.push_async_callback(home.leave, self._network)
            stack.callback(self._appliance.listen(self._noticed))
            self._stack = stack.pop_all()
        self.home = home
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def _instance(self, home: Household, kind: int) -> Instance:
        quirks = self._facts.get("quirks", ())
        return Instance(
            self._appliance,
            home.free(kind),
            CLASSES[kind](),
            unable=self._facts.get("unable", ()),
            locked=self._facts.get("locked", ()),
            meek="meek" in quirks,
            quiet="quiet" in quirks,
        )

    def _noticed(self, notice: Notice) -> None:
        if not isinstance(notice, Changed) or self.home is None:
            return
        for instance in self._instances:
            if (frame := self.home.node.news(instance)) is not None:
                self.home.announce(frame)
