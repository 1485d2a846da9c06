"""A broker of our own: started, watched, started again when it dies, and gone when we go."""

import asyncio
import errno
import importlib.util
import sys
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from types import TracebackType
from typing import Final, Literal, Self

from gateway.errors import BrokerUnavailable, ConfigurationInvalid, ExtraMissing, PortTaken
from gateway.protocol.broker.child import Child, watched
from gateway.protocol.broker.mosquitto import find, write_configuration
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.thing.clock import Clock
from gateway.thing.log import Log

Kind = Literal["mosquitto", "amqtt"]

_log = Log()

_READY_SECONDS: Final = 30.0
"""A slow machine needs seconds to import amqtt."""
_STEP = 0.02
_STEADY = 10.0
"""Seconds a broker must have run before its death counts as the first in a row."""
_DEATHS_ALLOWED: Final = 5
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 30.0
_PORTS_TRIED = 5


class PrivateBroker:
    """A broker on loopback that lets anybody on this machine in."""

    def __init__(self, host: str, port: int, folder: Path, clock: Clock, kind: Kind | None = None) -> None:
        self._host = host
        self._wanted = port
        self._port = port
        self._folder = folder
        self._clock = clock
        self._kind = kind
        self._failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def address(self) -> BrokerAddress:
        """Return where it listens."""
        return BrokerAddress(self._host, self._port)

    @property
    def kind(self) -> Kind:
        """Return which broker it is."""
        return self._kind or ("mosquitto" if find() else "amqtt")

    @property
    def version(self) -> Literal["5", "3.1.1"]:
        """Return the newest MQTT it speaks: for clients that should not have to find out."""
        return "5" if self.kind == "mosquitto" else "3.1.1"

    @property
    def pid(self) -> int:
        """Return the process id of the broker that runs now."""
        return self._child.pid

    async def wait_failed(self) -> str:
        """Return the reason once the broker is down for good: it died five times in a row soon after its start."""
        return await asyncio.shield(self._failed)

    async def __aenter__(self) -> Self:
        """Start it and return when it takes connections; PortTaken, ExtraMissing, BrokerUnavailable, ConfigurationInvalid."""
        _check_loopback(self._host)
        if self.kind == "amqtt" and importlib.util.find_spec("amqtt") is None:
            raise ExtraMissing("no MQTT broker here: install mosquitto (apt install mosquitto), or `pip install 'hulian[broker]'`")
        self._group = await asyncio.TaskGroup().__aenter__()
        try:
            self._child = await self._first()
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
            await self._child.stop()
        finally:
            cancelled = isinstance(error, asyncio.CancelledError)
            await self._group.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))

    async def _first(self) -> Child:
        """Start on the port that is wanted; where any will do, on another one if somebody was faster."""
        tries = _PORTS_TRIED if self._wanted == 0 else 1
        while True:
            self._port = self._wanted or _free_port(self._host)
            _check_free(self._host, self._port)
            tries -= 1
            try:
                return await self._start()
            except BrokerUnavailable:
                if not tries:
                    raise

    async def _start(self) -> Child:
        child = await Child.start(await self._command(), self._clock)
        listening = self._group.create_task(child.listen(), name="broker-words")
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while child.alive:
                    if child.pid and await self._answers():
                        return child
                    await asyncio.sleep(_STEP)
                await asyncio.wait({listening})
        except BaseException:
            await child.stop()
            raise
        raise BrokerUnavailable(f"{self.kind} does not start: {child.last_words or 'it gives no reason'}")

    async def _command(self) -> tuple[str, ...]:
        if self.kind == "amqtt":
            return (sys.executable, "-m", "gateway.protocol.broker.amqtt_child", self._host, str(self._port))
        path = await asyncio.to_thread(write_configuration, self._folder, self._host, self._port)
        return watched(find() or "mosquitto", "-c", str(path))

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def _keep_up(self) -> None:
        """Start it again whenever it dies, until it has died too often."""
        deaths, reason = 0, ""
        while deaths < _DEATHS_ALLOWED:
            begun = self._clock.monotonic()
            if self._child.alive:
                code = await self._child.wait()
                reason = f"{self.kind} ended with code {code}: {self._child.last_words or 'it gave no reason'}"
                _log.warning("broker died", kind=self.kind, code=code, said=self._child.last_words)
                await self._child.stop()
            deaths = 1 if self._clock.monotonic() - begun >= _STEADY else deaths + 1
            await self._clock.sleep(min(_LONGEST_DELAY, _FIRST_DELAY * 2**deaths))
            try:
                self._child = await self._start()
            except (BrokerUnavailable, TimeoutError) as error:
                reason = str(error)
        _log.error("broker given up", kind=self.kind, reason=reason)
        self._failed.set_result(reason)


def private_broker(
    host: str, port: int, folder: Path, clock: Clock, *, kind: Kind | None = None
) -> AbstractAsyncContextManager[PrivateBroker]:
    """Return a broker for `async with`, on `host` (loopback) and `port` (0: any free one), with its configuration in `folder`.

    `kind`: None takes mosquitto where it is installed, else amqtt. Entering raises PortTaken, ExtraMissing,
    BrokerUnavailable or ConfigurationInvalid.
    """
    return PrivateBroker(host, port, folder, clock, kind)


def _check_loopback(host: str) -> None:
    try:
        if host == "localhost" or ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise ConfigurationInvalid(
        f"the private broker asks nobody for a password, so it stays on 127.0.0.1 (not {host}): use --broker for another"
    )


def _family(host: str) -> int:
    return AF_INET6 if ":" in host else AF_INET


def _free_port(host: str) -> int:
    with socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _check_free(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there."""
    with socket(_family(host)) as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise BrokerUnavailable(f"{host} port {port} cannot be opened: {error.strerror}") from error
            raise PortTaken(
                f"port {port} on {host} is in use or not allowed: use the broker that is there with --broker mqtt://{host}:{port}, "
                "or choose another port with --mqtt-port (0 takes any free one)"
            ) from error
