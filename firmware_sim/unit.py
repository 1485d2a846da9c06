"""One appliance with its wires and its life: the task that opens the wires, lets time pass, and rewires after a power cut or a move.

Everything about the wires happens in this one task, so that a wire may own a task group. When a wire cannot be opened at the start that is
a setup mistake; later (the new address is taken) it is tried again every second while time goes on.
"""

import asyncio
import errno
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.network import Network
from firmware_sim.notice import Moved, Notice, Power
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import SetupMistake
from firmware_sim.virtual import make_hidden, make_virtual
from firmware_sim.wire import ON_BROKER, WIRES, Wire, WireOptions, wire_factory

log = structlog.get_logger()

TICK = 0.2
"""Wall seconds between two looks at the physics."""
RETRY = 1.0


class Unit:
    """A running appliance; `ready` is set once its wires answer.

    `appliance` is what stands on the network. `physical` is the same, except for one behind an infrared remote: there the remote speaks for
    an appliance that has no network, and `physical` is that one. `gate` lets only so many connect to their broker at the same time.
    """

    def __init__(
        self, plan: UnitPlan, *, speed: float = 1.0, state: Path | None = None, gate: AbstractAsyncContextManager[object] | None = None
    ) -> None:
        self.plan = plan
        self._gate = gate or nullcontext()
        self._speed = speed
        make = make_appliance if plan.via is None else make_virtual
        self.appliance = make(
            plan.kind,
            identifier=plan.id,
            seed=plan.seed or 0,
            features=plan.features,
            title=plan.title,
            clock=SimulatorClock(speed=speed),
            state=state,
            profiles=plan.profiles,
            settings=plan.settings,
            made=plan.made,
            badge=plan.badge,
            narrowed=plan.narrowed,
            added=plan.added,
            readings=plan.readings,
            unsaid=plan.unsaid,
        )
        self.appliance.doubts = plan.doubts
        self.physical = self.appliance if plan.via is None else make_hidden(self.appliance, plan, speed=speed, state=state)
        address = plan.address or "127.0.0.1"
        self.network = Network(address, random=Random(f"network:{plan.seed}"))  # noqa: S311 - a lost packet is no secret
        self.network.leaves_after = plan.leaves_after
        self.ready = asyncio.Event()
        self.port: int | None = None
        self._told: dict[str, Any] = {}
        self._wires: list[Wire] = []
        self._options = WireOptions(
            modules=WIRES[plan.wire], broker=plan.broker, credentials=plan.credentials, port=plan.port, facts=plan.facts
        )
        self._stirred = asyncio.Event()
        self._away = 0.0
        self._address = address
        self._last = time.monotonic()
        self.appliance.listen(self._heard)
        self.network.listen(self._network_changed)

    async def live(self) -> None:
        """Run until cancelled."""
        try:
            await self._live()
        finally:
            self._remember(last=True)

    async def _live(self) -> None:
        self._last = time.monotonic()
        while True:
            if not self.network.powered:
                self.ready.set()
                await self._tick_until_stirred()
                self._stirred.clear()
            async with AsyncExitStack() as wires:
                if await self._opened(wires):
                    self.ready.set()
                    await self._tick_until_stirred()
                else:
                    await self._tick(RETRY)
                self.network.leaving = self._stirred.is_set() and not self._away
            self._stirred.clear()
            await self._rest()

    def document(self) -> dict[str, Any]:
        """Return what the ready line says about this unit."""
        shown = {"id": self.appliance.identifier, "kind": self.appliance.kind, "wire": self.plan.wire, "address": self.network.address}
        if ON_BROKER.issuperset(WIRES[self.plan.wire]):  # without an address of its own nobody else says what it is
            shown["title"] = self.appliance.title
        return shown | {"port": self.port} | ({"room": self.plan.room} if self.plan.room else {}) | self._account() | self._screen()

    def _account(self) -> dict[str, Any]:
        """Return what the maker's cloud would tell its owner once: the unit's number and its keys."""
        return {"account": self._told} if self._told else {}

    def _screen(self) -> dict[str, Any]:
        """Return what a person reads on its screen and nowhere else: the code of a pairing."""
        text = next((text for wire in self._wires if (text := getattr(wire, "screen", ""))), "")
        return {"screen": text} if text else {}

    async def _opened(self, wires: AsyncExitStack) -> bool:
        """Open the wires one after another; False when a place is taken (later on), SetupMistake when it is at the start."""
        self.network.leaving = False
        self.network.booting = False
        options, self.port, self._wires = self._options, None, []
        try:
            for module in WIRES[self.plan.wire]:
                async with self._gate if module == "native_mqtt" else nullcontext():
                    wire = await wires.enter_async_context(self._wired(module, options))
                self._wires.append(wire)
                if module == "native_coap":
                    options = replace(options, coap_port=wire.port)
                self.port = wire.port if self.port is None else self.port
                self._told |= getattr(wire, "account", {})  # only makes that keep keys have it
        except OSError as error:
            if not self.ready.is_set():
                raise SetupMistake(self._advice(error)) from error
            log.warning("wire not opened", unit=self.appliance.identifier, address=self.network.address, error=str(error))
            return False
        return True

    def _wired(self, module: str, options: WireOptions) -> Wire:
        """Return a fresh wire, not opened yet."""
        return wire_factory(module)(self.appliance, self.network, options)

    def _advice(self, error: OSError) -> str:
        where = f"{self.network.address}:{self.plan.port}" if self.plan.port else self.network.address
        who = f"{self.appliance.identifier} ({self.plan.wire})"
        if error.errno == errno.EADDRINUSE:
            return f"{who}: {where} is in use by another program; give it another --address such as 127.0.0.9, or --port 0"
        if error.errno == errno.EEXIST:
            return f"{who}: another simulator or appliance on this network announces the same id; stop it, or give this one another --id"
        if error.errno == errno.EADDRNOTAVAIL:
            return f"{who}: {where} is no address of this machine; use one of 127.0.0.1 to 127.255.255.254"
        if self.plan.broker and isinstance(error, ConnectionError | TimeoutError):
            return f"{who}: no MQTT broker answers at {self.plan.broker}; start one, or name another with --broker"
        return f"{who}: {error}"

    async def _tick_until_stirred(self) -> None:
        while not (self._stirred.is_set() and self.network.powered):
            await self._tick(TICK)

    async def _tick(self, seconds: float) -> None:
        """Wait, then let as much physical time pass as the wait really took."""
        if self._stirred.is_set():
            await asyncio.sleep(seconds)
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stirred.wait()
        self.catch_up()
        self._remember()

    def catch_up(self) -> None:
        """Let as much physical time pass as the wall's clock says; none while its wires are about to be opened anew."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        if not self._stirred.is_set() or not self.network.powered:
            for appliance in self._both():
                appliance.elapse(passed * self._speed)
            self.network.elapse(passed * self._speed)

    def advance(self, seconds: float) -> None:
        """Let physical and wall time pass at once."""
        for appliance in self._both():
            appliance.advance(seconds)
        self.network.elapse(seconds)

    def leave(self, seconds: float) -> None:
        """Close the wires in good order, with a goodbye on each, and open them again after so many real seconds."""
        self._away = seconds
        self._stirred.set()

    async def _rest(self) -> None:
        """Stay away for as long as it was told to."""
        if self._away:
            seconds, self._away = self._away, 0.0
            await asyncio.sleep(seconds)
            self.catch_up()

    def set_clock(self, seconds: float) -> None:
        """Set the clocks of what it is made of forward or back."""
        for appliance in self._both():
            appliance.set_clock(seconds)

    def truth(self) -> dict[str, Any]:
        """Return the physical truth; of one behind a remote also what that assumes."""
        truth = self.physical.truth()
        return truth if self.physical is self.appliance else truth | {"shown": self.appliance.document()}

    def _both(self) -> tuple[Appliance, ...]:
        return (self.appliance,) if self.physical is self.appliance else (self.physical, self.appliance)

    def _remember(self, *, last: bool = False) -> None:
        for appliance in self._both():
            appliance.remember(last=last)

    def _heard(self, notice: Notice) -> None:
        if isinstance(notice, Power):
            self.network.booting = notice.on  # what was open before the cut is not heard any more: it goes in a moment
            self.network.supply(notice.on)
            if notice.on:
                self._stirred.set()

    def _network_changed(self) -> None:
        if self.network.address != self._address:
            self._address = self.network.address
            self._stirred.set()
            self.appliance.tell(Moved(self._address))
