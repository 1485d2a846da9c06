"""The conversation with one renderer: what it says of itself, its actions, and what it tells unasked.

The library reads the descriptions and makes and reads the actions; around it stand our own way of asking and our own ear. A tap
(`parts/tap`) hears what is asked and told in plain words, and may stand in for the renderer.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from gateway.drivers.dlna.ear import listening
from gateway.drivers.dlna.requester import MISSING, Asking, own, requester_of
from gateway.drivers.dlna.xml import changes_in
from gateway.drivers.parts.tap import Tap, tap
from gateway.drivers.parts.text import shown as printable
from gateway.errors import DeviceFailure, ExtraMissing, Offline, TimedOut, Unknown, WireError
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.value import Value

SERVICES: Final = ("AVTransport", "RenderingControl")
LEASE: Final = 300.0
"""Seconds for which a renderer is asked to tell what changes; renewed after half of what it grants."""
_SHORTEST: Final = 20.0
_LONGEST_TEXT: Final = 1024
log = Log()


@dataclass(frozen=True, slots=True)
class Card:
    """What a renderer says of itself: `actions` as `RenderingControl.SetVolume`; `loudest`: its highest volume."""

    udn: str
    maker: str
    model: str
    number: str
    actions: tuple[str, ...]
    loudest: int


@dataclass(frozen=True, slots=True)
class Called:
    """An action that was asked for."""

    action: str
    arguments: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of it: values, or why not."""

    action: str
    values: Mapping[str, Value]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Variables it told unasked."""

    values: Mapping[str, str]


@dataclass(eq=False)
class _Lease:
    """A subscription: its number, and when it is to be renewed (0: there is none)."""

    sid: str = ""
    renew: float = 0.0
    url: str = ""


class Renderer:
    """Use `renderer_at`. `card` is there after `begin`; `news` is called with what it tells; `closed` ends when it cannot be reached."""

    def __init__(self, host: str, clock: Clock, random: Random) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.news: Callable[[Mapping[str, str]], None] = lambda _: None
        self.card = Card("", "", "", "", (), 100)
        self.callback = ""
        self._clock = clock
        self._asking = Asking(host, clock, random)
        self._tap: Tap | None = tap()
        self._device: Any = None
        self._leases = {service: _Lease() for service in SERVICES}
        self._awaited: dict[str, deque[asyncio.Future[Any]]] = defaultdict(deque)

    async def begin(self, url: str) -> None:
        """Read the description; raise WireError for what cannot be one, DeviceFailure for no renderer, Offline, TimedOut."""
        if self._tap is not None and not self._tap.live:
            self.card = await self._recorded("card")
            return
        self._device = await self._described(url)
        self.card = _card_of(self._device)
        if self._tap is not None:
            self._tap.heard(self.card)

    async def call(self, action: str, **arguments: Value) -> Mapping[str, Value]:
        """Do an action of instance 0, `RenderingControl.GetVolume`; return what it gives back.

        Raise Unknown where the renderer has none of that name, DeviceFailure when it refuses, TimedOut, Offline.
        """
        if action not in self.card.actions:
            raise Unknown(f"this renderer has no {action}")
        if self._tap is not None:
            self._tap.said(Called(action, arguments))
            if not self._tap.live:
                return self._outcome(await self._recorded(action))
        returned = await self._called(action, arguments)
        if self._tap is not None:
            self._tap.heard(returned)
        return self._outcome(returned)

    async def listen(self) -> bool:
        """Have it tell what changes, or go on telling; return whether it does for all that it can."""
        if not self.callback or self._device is None:
            return False
        return all([await self._leased(service, lease) for service, lease in self._leases.items()])

    async def leave(self) -> None:
        """Ask it to tell no more, once, and without waiting for long."""
        for lease in self._leases.values():
            if lease.sid:
                try:
                    await self._asking.ask("UNSUBSCRIBE", lease.url, {"SID": lease.sid}, tries=1)
                except (TimedOut, Offline, WireError):
                    return
                lease.sid = ""

    def heard(self, sid: str, body: bytes) -> int:
        """Take a notice; return the status to answer with."""
        if sid not in {lease.sid for lease in self._leases.values() if lease.sid}:
            return 412
        try:
            values = {name: printable(value, _LONGEST_TEXT) for name, value in changes_in(body).items()}
        except WireError as error:
            log.debug("dlna notice not read", why=str(error))
            return 400
        if self._tap is not None:
            self._tap.heard(Told(values))
        self.news(values)
        return 200

    def take(self, message: Any) -> None:
        """Take what the renderer said when a recording was made."""
        if isinstance(message, Told):
            self.news(message.values)
            return
        waiting = self._awaited["card" if isinstance(message, Card) else message.action]
        while waiting:
            if not (future := waiting.popleft()).done():
                future.set_result(message)
                return

    def broken(self, reason: str) -> None:
        """End as it ended when a recording was made."""
        self.end(Offline(reason))

    def end(self, reason: Offline) -> Offline:
        """End the conversation; return the reason."""
        if not self.closed.done():
            self.closed.set_exception(reason)
            self.closed.exception()  # whether anybody asks or not
            if self._tap is not None:
                self._tap.ended(str(reason))
        return reason

    async def _recorded(self, name: str) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._awaited[name].append(future)
        return await future

    @staticmethod
    def _outcome(returned: Returned) -> Mapping[str, Value]:
        if returned.fault:
            raise DeviceFailure(f"the renderer refuses {returned.action.partition('.')[2]}: {returned.fault}")
        return returned.values

    async def _called(self, action: str, arguments: Mapping[str, Value]) -> Returned:
        from async_upnp_client.exceptions import UpnpError  # noqa: PLC0415 - it is there: the description was read with it

        service, _, name = action.partition(".")
        instance = {} if service == "ConnectionManager" else {"InstanceID": 0}
        try:
            given = await _service_of(self._device, service).action(name).async_call(**instance, **arguments)
        except UpnpError as error:
            return Returned(action, {}, printable(str(error), 160) or "for no reason")
        except (SyntaxError, ValueError) as error:  # XML that is none, and values that are none
            raise WireError(f"an answer to {name} that cannot be read: {type(error).__name__}") from error
        return Returned(action, {key: value if isinstance(value, int | bool) else printable(value, 4096) for key, value in given.items()})

    async def _described(self, url: str) -> Any:
        try:
            from async_upnp_client.client_factory import UpnpFactory  # noqa: PLC0415 - only with the extra
            from async_upnp_client.exceptions import UpnpError  # noqa: PLC0415 - likewise
        except ModuleNotFoundError as error:
            raise ExtraMissing(MISSING) from error
        try:
            return await UpnpFactory(requester_of(self._asking), non_strict=True).async_create_device(url)
        except (UpnpError, SyntaxError, ValueError, KeyError) as error:
            raise WireError(f"its description cannot be read ({type(error).__name__}): {printable(str(error), 120)}") from error

    async def _leased(self, service: str, lease: _Lease) -> bool:
        now = self._clock.monotonic()
        known = _service_of(self._device, service)
        if known is None or (lease.sid and now < lease.renew):
            return lease.sid != "" or known is None
        first = {"CALLBACK": f"<{self.callback}>", "NT": "upnp:event"}
        timeout = {"TIMEOUT": f"Second-{LEASE:.0f}"}
        lease.url = known.event_sub_url
        page = await self._asking.ask("SUBSCRIBE", lease.url, ({"SID": lease.sid} if lease.sid else first) | timeout)
        lease.sid = page.fields.get("sid", "")[:256] if page.status == 200 else ""  # noqa: PLR2004 - forgotten: begun anew next time
        lease.renew = now + _granted(page.fields.get("timeout", "")) / 2
        return lease.sid != ""


def _granted(text: str) -> float:
    seconds = text.lower().removeprefix("second-")
    return max(_SHORTEST, min(LEASE, float(seconds))) if seconds.isascii() and seconds.isdigit() and len(seconds) < 9 else LEASE  # noqa: PLR2004


def _service_of(device: Any, name: str) -> Any:
    """Return a service whatever its version; None where there is none."""
    return next((each for each in device.all_services if each.service_type.split(":")[-2:-1] == [name]), None)


def _card_of(device: Any) -> Card:
    device = next((each for each in device.all_devices if ":MediaRenderer:" in each.device_type), None)
    if device is None:
        raise DeviceFailure("it is no media renderer")
    actions: list[str] = []
    loudest = 100
    for name in (*SERVICES, "ConnectionManager"):
        service = _service_of(device, name)
        if service is not None:
            actions += [f"{name}.{action}" for action in sorted(service.actions)]
        if service is not None and name == "RenderingControl" and service.has_state_variable("Volume"):
            loudest = int(service.state_variable("Volume").max_value or 100)
    said = [printable(text) for text in (device.udn, device.manufacturer, device.model_name, device.model_number or "")]
    udn, maker, model, number = said
    return Card(udn, maker, model, number, tuple(actions), max(1, loudest))


@asynccontextmanager
async def renderer_at(host: str, url: str, clock: Clock, random: Random) -> AsyncIterator[Renderer]:
    """Hold a conversation for the length of the block; raise WireError, DeviceFailure, Offline, TimedOut or ExtraMissing."""
    own(url, host)
    renderer = Renderer(host, clock, random)
    beside = tap()
    if beside is not None and not beside.live:
        beside.listen(renderer.take, renderer.broken)
    async with AsyncExitStack() as stack:
        stack.callback(lambda: renderer.end(Offline("the conversation is over")))
        if beside is None or beside.live:
            try:
                renderer.callback = await stack.enter_async_context(listening(host, renderer.heard))
            except OSError as error:
                log.info("dlna events cannot be heard: every renderer is asked instead", why=str(error))
            stack.push_async_callback(renderer.leave)
        await renderer.begin(url)
        yield renderer
