"""The session with one native appliance, over whichever of its two transports works.

open      ask for the description (broker first, CoAP else), take what is known, be ready
listen    states, events and availability become Reports, wherever they come from
change    the broker says offline (or is gone itself): CoAP takes over where an address is known, and back again
end       only an appliance known by CoAP alone ends the session when it is silent; the supervisor opens it again
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from functools import cached_property, partial

from gateway.drivers.native.appliance import Described, described, read_td
from gateway.drivers.native.coap_line import CoapLine
from gateway.drivers.native.endpoint import coap_client
from gateway.drivers.native.envelope import token_of, wire_id
from gateway.drivers.native.intake import Intake
from gateway.drivers.native.links import COAP_PORT, Acks, Line, base_url
from gateway.drivers.native.mqtt_line import MqttLine
from gateway.drivers.native.router import router_of
from gateway.drivers.native.taps import Client, Resources, TappedInlet, playing, tapped_client, tapped_publisher
from gateway.drivers.native.ways import Ways
from gateway.drivers.parts.body import json_object
from gateway.drivers.parts.tap import tap
from gateway.drivers.spi import Context, Registration
from gateway.errors import CommandError, Forbidden, Offline, StateConflict, WireError
from gateway.protocol.coap.keys import KeyMaterial
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session

_log = Log()

_TD_PATIENCE = 5.0
_AVAIL_PATIENCE = 0.5
_BEFORE_READING = 0.5
"""Longest random pause before private properties are read: not all appliances of a home are asked in the same moment."""
_BETWEEN_READINGS = 15.0
"""Pause between two readings of what is private and may change, after a state that moved."""
_AWAY = frozenset({AvailabilityState.OFFLINE, AvailabilityState.STALE})
"""While it is one of these the home takes all it knows of it for stale."""
_FIXED = frozenset({"identity", "life", "claims"})
"""Private properties that an appliance keeps for a whole boot."""
_CLAIMS, _PROVES = "claims", "proveKey"
"""Certificates may be given to a running appliance that can prove their key (`mixin-certificate-1`): its claims are read again, too."""


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[Session]:
    """Open the session of a native appliance; raise a CommandError that says why it cannot be."""
    if registration.key == context.gateway:
        raise Forbidden("this is the gateway itself")
    session = NativeSession(registration, context)
    beside = tap()
    live = beside is None or beside.live
    inlet = session if beside is None else TappedInlet(session, beside)
    router = router_of(context.mqtt, context.gateway) if session.on_broker and context.mqtt is not None else None
    if beside is not None and not live:
        beside.listen(playing(session, session.resources), session.lost)
    try:
        if router is not None:
            await router.join(registration.key, inlet)
        async with asyncio.TaskGroup() as group:
            try:
                await session.begin(group)
                yield session
            finally:
                session.end()
    finally:
        if router is not None:
            await router.leave(registration.key, inlet)


class NativeSession:
    """A Pushed session that carries one device; also the Inlet of what the broker has of it."""

    def __init__(self, registration: Registration, context: Context) -> None:
        self.device = registration.key
        self._context = context
        self._facts = registration.facts
        self._intake = Intake(self.device, context.clock)
        self._acks = Acks()
        self._base = base_url(registration.address, registration.port or COAP_PORT) if registration.address else ""
        self._tap = tap()
        mqtt = None
        if registration.facts.get("mqtt") == "1" and (publisher := tapped_publisher(context.mqtt, self._tap)) is not None:
            mqtt = MqttLine(publisher, self.device, context.gateway, self._acks, context.clock, context.random)
        self.on_broker = mqtt is not None
        self._ways = Ways(context, mqtt=mqtt, talk=self._talk if self._base else None, on_change=self._available, on_end=self._over)
        self._group: asyncio.TaskGroup | None = None
        self._described: Described | None = None
        self._descriptions: tuple[Description, ...] = ()
        self._td_payload = b""
        self._td_hash: int | None = None
        self._opening: _Opening | None = _Opening()
        self._news: asyncio.Future[None] | None = None
        self._has_news = False
        self._failure: Exception | None = None
        self._early: list[Report] = []
        self._deliver: Callable[[Report], None] = self._wait_for_push
        self._runs: dict[str, str] = {}
        self._reading: asyncio.Task[None] | None = None
        self._rereading: asyncio.Task[None] | None = None
        self._moved = False
        self._read_in_boot: int | None = None
        self._garbage = 0
        self._away = False
        self._unbelieved = b""

    @cached_property
    def resources(self) -> Resources:
        """Return what answers instead of the appliance's CoAP where a recording is played."""
        return Resources()

    async def begin(self, group: asyncio.TaskGroup) -> None:
        """Learn what the appliance is; raise Offline when it cannot be asked, its description's mistake otherwise."""
        payload = await self._first_td(self._opening or _Opening())
        self._described = described(payload, self.device, self._context.library)
        self._descriptions = (self._described.description,)
        self._td_payload = b""
        if self.on_broker and self._opening is not None:
            await _within(_AVAIL_PATIENCE, self._opening.avail)
        self._opening = None
        self._group = group
        self._ways.begin(group)
        self._read_private()

    def end(self) -> None:
        """Stop everything that runs for this session."""
        self._group = None
        self._ways.end()
        for reading in (self._reading, self._rereading):
            if reading is not None:
                reading.cancel()

    async def _first_td(self, opening: "_Opening") -> bytes:
        if self.on_broker and await _within(_TD_PATIENCE if not self._base else _TD_PATIENCE / 5, opening.td):
            return self._td_payload
        if not self._base:
            raise Offline("the broker has no description of it: is the appliance connected to this broker?")
        async with self._coap_client() as client:
            payload = await self._coap_line(client).td()
        wanted = self._facts.get("h")
        if wanted and not self.on_broker and self._key() is None and hashlib.sha256(payload).hexdigest()[: len(wanted)] != wanted:
            raise Offline("another appliance answers at its address, or it changed: waiting for its announcement")
        return payload

    # What the supervisor and the home ask for

    def describe(self) -> tuple[Description, ...]:
        """Return the appliance's one description."""
        return self._descriptions

    def push(self, deliver: Callable[[Report], None]) -> None:
        """Deliver what came before, then everything as it comes."""
        self._deliver = deliver
        early, self._early = self._early, []
        for report in early:
            deliver(report)

    def _wait_for_push(self, report: Report) -> None:
        """Keep the newest reports until somebody takes them."""
        self._early = [*self._early[-15:], report]

    async def changed(self) -> None:
        """Return when the description changed; raise when the session is over."""
        if not self._has_news:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        self._has_news = False
        if self._failure is not None:
            raise self._failure

    def _tell_news(self) -> None:
        self._has_news = True
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what `push` would deliver; the newest 256 are kept for a slow reader."""
        kept: deque[Report] = deque(maxlen=256)
        arrived = asyncio.Event()

        def keep(report: Report) -> None:
            kept.append(report)
            arrived.set()

        self.push(keep)
        while True:
            await arrived.wait()
            arrived.clear()
            while kept:
                yield kept.popleft()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Ask the appliance; where it wants a confirmation that the home already has, send its token back."""
        run, confirm = wire_id(command), None
        try:
            while True:
                self._runs[command.id] = run
                token = None
                async with aclosing((await self._line()).perform(command, run, confirm)) as stages:
                    async for progress in stages:
                        token = token_of(progress) if command.confirmation is not None and confirm is None else None
                        if token is not None:
                            break
                        yield progress
                if token is None:
                    return
                run, confirm = f"{run}c", token
        finally:
            self._runs.pop(command.id, None)

    async def cancel(self, command_id: str) -> None:
        """Ask the run this command started to stop."""
        run = self._runs.get(command_id)
        if run is None:
            raise StateConflict("nothing that this command started is running")
        await (await self._line()).stop(run)

    async def _line(self) -> Line:
        """Return the way to it; a command that comes while it is being asked for the first time waits for that."""
        line = await self._ways.found()
        if line is None:
            raise Offline(self._ways.trouble)
        return line

    # What the broker has of the appliance (Inlet)

    def td(self, payload: bytes) -> None:
        """Take a Thing Description; one that breaks the profile ends the session with what is wrong with it."""
        if hash(payload) == self._td_hash:
            return
        self._td_hash = hash(payload)
        if self._described is None:
            self._td_payload = payload
            if self._opening is not None:
                self._opening.td.set()
            return
        try:
            new = described(payload, self.device, self._context.library)
        except CommandError as error:
            self._over(error)
            return
        if new != self._described:
            self._described, self._descriptions = new, (new.description,)
            self._tell_news()

    def avail(self, payload: bytes) -> None:
        """Take what the appliance or its will says."""
        try:
            self._ways.said(self._intake.availability(payload))
        except WireError as error:
            self._drop(error)
        if self._opening is not None:
            self._opening.avail.set()

    def state(self, payload: bytes) -> None:
        """Take a state; what comes while nobody believes it is taken once more when it is back."""
        try:
            report = self._intake.state(payload)
        except WireError as error:
            self._drop(error)
            return
        self._unbelieved = payload if self._away else b""
        if report is not None:
            self._deliver(report)
            if self._intake.boot != self._read_in_boot:
                self._read_private()
            else:
                self._read_private_again()

    def event(self, name: str, payload: bytes, *, observed: bool = False) -> None:
        """Take an event."""
        try:
            report = self._intake.event(name, payload, observed=observed)
        except WireError as error:
            self._drop(error)
            return
        if report is not None:
            self._deliver(report)

    def ack(self, payload: bytes) -> None:
        """Take an ack."""
        try:
            self._acks.take(json_object(payload, "the ack"))
        except WireError as error:
            self._drop(error)

    def link(self, up: bool) -> None:
        """Take notice of the link to the broker."""
        self._ways.link(up)

    def _drop(self, error: WireError) -> None:
        self._garbage += 1
        if self._garbage == 1:
            _log.warning("native.dropped", driver="native", key=self.device, why=str(error))

    # What happens in between

    def _available(self, availability: Availability) -> None:
        if self._ways.line is None:
            self._acks.fail(self._ways.trouble)
        self._deliver(Report(device=self.device, availability=availability))
        self._away = availability.state in _AWAY
        if self._away:
            self._intake.forget()
        elif self._unbelieved:
            self._intake.forget()
            self.state(self._unbelieved)
        self._read_private()

    def _over(self, error: Exception) -> None:
        self._failure = error
        self._tell_news()

    def _coap_client(self) -> AbstractAsyncContextManager[Client]:
        if self._tap is None:
            return coap_client(self._context)
        return tapped_client(coap_client(self._context) if self._tap.live else nullcontext(self.resources), self._tap)

    def lost(self, reason: str) -> None:
        """End as when a recording was made."""
        self._over(Offline(reason))

    def _coap_line(self, client: Client) -> CoapLine:
        return CoapLine(client, self._base, self.device, self._acks, self._context.clock, self._context.random)

    async def _talk(self, answered: Callable[[CoapLine], None]) -> None:
        """Speak CoAP for as long as its key is the same: check who is there, take its state, then listen until it is silent."""
        key = self._key()
        try:
            async with self._coap_client() as client, asyncio.TaskGroup() as group:
                group.create_task(self._until_changed(key), name=f"native {self.device} key")
                line = self._coap_line(client)
                self._same_unit(await line.td())
                self.state(await line.state())
                answered(line)
                names = self._described.events if self._described is not None else ()
                await line.listen(self.state, partial(self.event, observed=True), names)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    def _key(self) -> KeyMaterial | None:
        """Return the key it is asked under on CoAP, None when it never had one; raise Forbidden when it had one."""
        return None if self._context.keys is None else self._context.keys.find(self.device)

    async def _until_changed(self, key: KeyMaterial | None) -> None:
        """Raise Forbidden when it was put out, Offline when it has another key now."""
        if self._context.keys is not None:
            await self._context.keys.changed(self.device, key)
            raise Offline("it has a new key: asked again under that one")

    def _same_unit(self, payload: bytes) -> None:
        """Take the description that was read at the address; raise Offline when it is another unit's."""
        if self._described is not None and read_td(payload).get("id", "") != self._described.urn:
            raise Offline("another appliance answers at its address")
        if not self.on_broker:
            self.td(payload)

    def _read_private(self) -> None:
        """Read what is never in the public state, once in each boot of the appliance, a little later."""
        if self._group is None or self._described is None or self._ways.line is None or self._intake.boot is None:
            return
        if self._described.private and self._intake.boot != self._read_in_boot and self._reading is None:
            self._read_in_boot = self._intake.boot
            self._reading = self._group.create_task(self._read_first(self._described.private), name=f"native {self.device} private")

    def _read_private_again(self) -> None:
        """Read, after a while, what is private and may have moved with the state; all moves in between are one."""
        names = self._may_move()
        if not names or self._group is None or self._ways.line is None:
            return
        self._moved = True
        if self._rereading is None:
            self._rereading = self._group.create_task(self._follow(names), name=f"native {self.device} private again")

    def _may_move(self) -> tuple[str, ...]:
        """Return the private properties that may change within a boot."""
        if self._described is None:
            return ()
        proves = _PROVES in self._described.description.additions.get("actions", {})
        return tuple(name for name in self._described.private if name not in _FIXED or (proves and name == _CLAIMS))

    async def _read_first(self, names: tuple[str, ...]) -> None:
        try:
            await self._read(names)
        finally:
            self._reading = None  # a task that is over is not kept: in a home of a thousand it is a mebibyte

    async def _follow(self, names: tuple[str, ...]) -> None:
        try:
            while self._moved:
                await self._context.clock.sleep(_BETWEEN_READINGS)
                self._moved = False
                await self._read(names)
        finally:
            self._rereading = None

    async def _read(self, names: tuple[str, ...]) -> None:
        await self._context.clock.sleep(self._context.random.uniform(0.0, _BEFORE_READING))
        values = {}
        for name in names:
            try:
                values[name] = await (await self._line()).read(name)
            except Offline:
                self._read_in_boot = None
                break
            except (CommandError, WireError) as error:
                _log.debug("native.not_read", driver="native", key=self.device, property=name, why=str(error))
        if values:
            self._deliver(Report(device=self.device, values=values))


class _Opening:
    """What is waited for while the session is being opened."""

    def __init__(self) -> None:
        self.td = asyncio.Event()
        self.avail = asyncio.Event()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
