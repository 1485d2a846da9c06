"""A broker of our own: started, watched, started again when it dies, and gone when we go.

Its files are written anew at every start from what is held here, and what changes meanwhile it is told at once.
"""

import asyncio
import importlib.util
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from gateway.errors import BrokerUnavailable, ExtraMissing, LinkDown, SetupError
from gateway.protocol.broker import rights
from gateway.protocol.broker.folder import BrokerFolder
from gateway.protocol.broker.mosquitto import chatter, refusal
from gateway.protocol.broker.plan import Door, Doors, Identity
from gateway.protocol.broker.ports import check_loopback, chosen_ports, possible, same_ports, settled
from gateway.protocol.broker.running import Kind, Ours, Running, usual_kind
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.thing.clock import Clock
from gateway.thing.log import Log

__all__ = ["Kind", "PrivateBroker", "private_broker", "usual_kind"]

_log = Log()

_STEADY = 10.0
"""Seconds a broker must have run before its death counts as the first in a row."""
_DEATHS_ALLOWED: Final = 5
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 30.0
_PORTS_TRIED = 5


class PrivateBroker:
    """A broker for this home: our own links, whoever is on this machine while its door is open, and those who were let in."""

    def __init__(
        self, doors: Doors, loopback: Door, identities: Iterable[Identity], folder: Path, clock: Clock, kind: Kind | None = None
    ) -> None:
        self._wanted = self._doors = doors
        self._last_open = loopback
        self._folder = BrokerFolder(folder)
        self._clock = clock
        self._kind = kind
        self._ours = Ours()
        self.on_refusal: Callable[[str, str], None] = lambda _, __: None
        """Called with why somebody was refused at the TLS handshake, and from where, as far as the broker says."""
        self._identities = {identity.name: identity for identity in identities}
        self._ports: dict[str, int] = {}
        self._untold: list[rights.Document] = []
        self._running: Running | None = None
        self._changing = asyncio.Lock()
        self._renewed: asyncio.Future[None] | None = None
        self._renewing = False
        self._failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def address(self) -> BrokerAddress:
        """Return where it listens on this machine without a key; where it did, once that door is closed."""
        return BrokerAddress(self._last_open.hosts[0], self._last_open.port)

    @property
    def doors(self) -> Doors:
        """Return where it listens now, with the ports it took."""
        return self._doors

    @property
    def own(self) -> BrokerAddress:
        """Return where our own links go: to a socket nobody else reaches, with a secret of this run, under names nobody guesses.

        The topics are all theirs but not the control of the broker, so that no topic an appliance names reaches that.
        """
        ours, address = self._ours, self.address
        if self.kind == "mosquitto":
            return BrokerAddress("localhost", 0, ours.gateway, ours.secret, socket=self._folder.socket.absolute(), suffix=ours.suffix)
        return BrokerAddress(address.host, address.port, ours.gateway, ours.secret, suffix=ours.suffix)

    @property
    def kind(self) -> Kind:
        """Return which broker it is."""
        return self._kind or usual_kind()

    @property
    def version(self) -> Literal["5", "3.1.1"]:
        """Return the newest MQTT it speaks: for clients that should not have to find out."""
        return "5" if self.kind == "mosquitto" else "3.1.1"

    @property
    def pid(self) -> int:
        """Return the process id of the broker that runs now, 0 while none does."""
        return 0 if self._running is None else self._running.child.pid

    async def wait_failed(self) -> str:
        """Return the reason once the broker is down for good: it died five times in a row soon after its start."""
        return await asyncio.shield(self._failed)

    async def admit(self, identities: Iterable[Identity]) -> None:
        """Let some in, or change what they may: who is connected is cut and comes back under the new rights."""
        changed = [identity for identity in identities if self._identities.get(identity.name) != identity]
        async with self._changing:
            self._identities |= {identity.name: identity for identity in changed}
            await self._tell(
                command for identity in changed for command in (*rights.commands_out(identity.name), *rights.commands_in(identity))
            )

    async def expel(self, names: Iterable[str]) -> None:
        """Put some out: their connections are cut when this returns, and nothing is allowed to them any more."""
        async with self._changing:
            gone = [name for name in names if self._identities.pop(name, None) is not None]
            await self._tell(command for name in gone for command in rights.commands_out(name))

    async def revoke(self, revoked: bytes) -> bool:
        """Take a newer revocation list for all handshakes from now on; False when it is not newer, by the second, than the last."""
        if self._doors.papers is None:
            return True
        self._doors = replace(self._doors, papers=replace(self._doors.papers, revoked=revoked))
        return await asyncio.to_thread(self._folder.revoke, revoked)

    async def reopen(self, doors: Doors, identities: Iterable[Identity]) -> None:
        """Start again behind other doors; every connection is cut. BrokerUnavailable when it does not come up.

        An open door whose port somebody else took meanwhile stays closed.
        """
        async with self._changing:
            self._wanted = same_ports(doors, self._ports)
            self._identities = {identity.name: identity for identity in identities}
            renewed = self._renewed = asyncio.get_running_loop().create_future()
            self._renewing = True
            if self._running is not None:
                await self._running.child.stop()
            await renewed

    async def __aenter__(self) -> Self:
        """Start it and return when it takes connections; PortTaken, ExtraMissing, BrokerUnavailable, ConfigurationInvalid."""
        for host in self._last_open.hosts:
            check_loopback(host)
        if self.kind == "amqtt" and importlib.util.find_spec("amqtt") is None:
            raise ExtraMissing("no MQTT broker here: install mosquitto (apt install mosquitto), or `pip install 'hulian[broker]'`")
        self._group = await asyncio.TaskGroup().__aenter__()
        try:
            self._running = await self._first()
        except BaseException:
            await self._group.__aexit__(None, None, None)
            raise
        self._keeper = self._group.create_task(self._keep_up(), name="broker")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self._keeper.cancel()
        try:
            await asyncio.wait({self._keeper})
            if self._running is not None:
                await self._running.stop()
        finally:
            cancelled = isinstance(error, asyncio.CancelledError)
            await self._group.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))

    async def _first(self) -> Running:
        """Start on the ports that are wanted; where any will do, on others if somebody was faster."""
        tries = 1 if all(door.port for door in self._wanted.all()) else _PORTS_TRIED
        while True:
            tries -= 1
            self._take(settled(self._wanted))
            try:
                return await self._start()
            except BrokerUnavailable:
                if not tries:
                    raise

    async def _start(self) -> Running:
        """Start with what is known now, and say what has changed meanwhile."""
        self._untold.clear()
        known = tuple(self._identities.values())
        running = await Running.start(
            self.kind, self._folder, self._doors, known, self.own, self._ours, self._group, self._clock, self._hear
        )
        try:
            while self._untold:
                told, self._untold = self._untold, []
                await running.tell(told)
        except LinkDown as error:
            await running.stop()
            raise BrokerUnavailable(f"{self.kind} started, but: {error}") from error
        return running

    def _hear(self, line: str) -> bool:
        if (refused := refusal(line)) is not None:
            self.on_refusal(*refused)
        return not chatter(line)

    async def _tell(self, commands: Iterable[rights.Document]) -> None:
        """Say what changed; a broker that does not confirm it at once is killed, and started with files that have it."""
        told = list(commands)
        if self._running is None:
            self._untold += told
            return
        try:
            await self._running.tell(told)
        except LinkDown as error:
            _log.warning("broker does not obey and is started again", error=str(error))
            with suppress(ProcessLookupError):
                os.kill(self._running.child.pid, signal.SIGKILL)

    async def _keep_up(self) -> None:
        """Start it again whenever it ends, until it has died too often."""
        deaths, reason = 0, ""
        while deaths < _DEATHS_ALLOWED:
            begun = self._clock.monotonic()
            if self._running is not None:
                reason = await self._running.ended()
                self._running = None
            if not self._renewing:
                _log.warning("broker died", kind=self.kind, reason=reason)
                deaths = 1 if self._clock.monotonic() - begun >= _STEADY else deaths + 1
                await self._clock.sleep(min(_LONGEST_DELAY, _FIRST_DELAY * 2**deaths))
            if self._renewing:
                self._renewing, deaths = False, 0
                self._take(possible(self._wanted))
            try:
                self._running = await self._start()
            except (SetupError, OSError) as error:
                reason = str(error)
                continue
            if self._renewing:  # asked for while it started
                await self._running.child.stop()
            else:
                self._settle_renewal(None)
        _log.error("broker given up", kind=self.kind, reason=reason)
        self._settle_renewal(BrokerUnavailable(reason))
        self._failed.set_result(reason)

    def _settle_renewal(self, error: BrokerUnavailable | None) -> None:
        renewed, self._renewed = self._renewed, None
        if renewed is None or renewed.done():
            return
        if error is None:
            renewed.set_result(None)
        else:
            renewed.set_exception(error)

    def _take(self, doors: Doors) -> None:
        self._doors = doors
        self._ports |= chosen_ports(doors)
        if doors.open:
            self._last_open = doors.open


def private_broker(
    host: str,
    port: int,
    folder: Path,
    clock: Clock,
    *,
    kind: Kind | None = None,
    doors: Doors | None = None,
    identities: Iterable[Identity] = (),
) -> PrivateBroker:
    """Return a broker for `async with`, with what it needs in `folder`.

    It is open on `host` (loopback) and `port` (0: any free one), unless `doors` says otherwise; `host` and `port` are then
    where it may be opened later. `kind`: None takes mosquitto where it is installed, else amqtt. Entering raises PortTaken,
    ExtraMissing, BrokerUnavailable or ConfigurationInvalid.
    """
    loopback = Door((host,), port)
    return PrivateBroker(doors or Doors(open=loopback), loopback, identities, folder, clock, kind)
