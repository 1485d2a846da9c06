"""A simulated television or set-top box with Google's remote service: TLS 6467 for pairing, TLS 6466 for the remote control.

With another port than its own (`options.port`) pairing is at the next one. The code of a pairing stands on the screen: `screen` of the unit
on the control socket, and a line `on the screen` in the log, for whoever sits before it.

`options.facts`, all optional: `mac` (of its Bluetooth radio: its identity), `model`, `vendor`, `version` (of the remote service), `steps`
(the loudest volume; a key changes it by one), `ping` (seconds between two pings), `code` (seconds a code is good for), `paired` (true: a
hub was paired with it long ago, and what that hub kept is told as the unit's account), `quirks`:

forgets-clients      every cut of the mains makes it forget whom it was paired with: it asks for pairing again
drops                it closes a remote's connection after `drops` seconds (15), until it was without mains
vanishes-when-off    while it is off nothing answers, and only its own remote wakes it
no-volume            the sound is a soundbar's: it tells none
no-apps              it does not tell what is in front
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, cast

import structlog
from OpenSSL import SSL

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Notice, Power
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires import streams
from firmware_sim.wires.androidtv.box import MODELS, box_of, paired_client
from firmware_sim.wires.androidtv.channel import Channel, Gone, context_of
from firmware_sim.wires.androidtv.pairing import Pairing
from firmware_sim.wires.androidtv.remote import Player, Remote
from firmware_sim.wires.protobuf import Garbled

PORT = 6466
STEPS = {"set-top-box": 20, "uhd-tv": 100}
"""How loud they go: a key of the box changes its volume by five percent, one of the television by one."""
_LIVES = 8
"""Connections at the same time."""
log = structlog.get_logger()
Serve = Callable[[Channel], Awaitable[None]]


class Wire:
    """Both doors of one box; `drops` counts the connections it closed by itself."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        if appliance.kind not in MODELS:
            raise SetupMistake(f"Google's remote service is on televisions and set-top boxes, not on a {appliance.kind}")
        facts = options.facts
        self._quirks = frozenset(facts.get("quirks", ()))
        self._facts = facts
        self._appliance = appliance
        self._network = network
        self._asked_port = PORT if options.port is None else options.port
        self._port: int | None = None
        self.box = box_of(appliance, facts)
        self.account: dict[str, str] = {}
        if facts.get("paired"):
            self.account = {"bt": self.box.mac.replace(":", ""), "pairing": json.dumps(paired_client(self.box, appliance.kind))}
        silent, steps = "no-volume" in self._quirks, int(facts.get("steps", STEPS[appliance.kind]))
        self._player = Player(appliance, steps, silent=silent, moved=self._tell)
        self._remotes: set[Remote] = set()
        self._talks: streams.Talks = set()
        self._servers: list[asyncio.Server] = []
        self._stack = contextlib.AsyncExitStack()

    @property
    def port(self) -> int | None:
        """Where the remote control is; pairing is next to it."""
        return self._port

    @property
    def screen(self) -> str:
        """What stands on the screen: the code while somebody pairs, "" otherwise."""
        return self.box.screen

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(streams.end, self._talks)
            await self._listen()
            stack.callback(self._close)
            stack.callback(self._appliance.listen(self._heard))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _listen(self) -> None:
        address, asked = self._network.address, self._asked_port
        remote = await asyncio.start_server(self._door(self._drive, strangers=False), address, asked)
        self._servers.append(remote)
        self._port = remote.sockets[0].getsockname()[1]
        try:
            self._servers.append(await asyncio.start_server(self._door(self._pair, strangers=True), address, self._port + 1))
        except OSError:
            self._close()
            raise

    def _close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    def _door(self, serve: Serve, *, strangers: bool) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        context = context_of(self.box, strangers=strangers)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(serve, context, reader, writer)

        return answer

    async def _serve(self, serve: Serve, context: SSL.Context, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._talks) >= _LIVES or self._vanished:
            writer.transport.abort()
            return
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        try:
            await serve(Channel(reader, writer, self._network, context))
        except* (Gone, Garbled, OSError, ValueError) as gone:
            log.debug("androidtv client gone", reason=str(gone.exceptions[0]))
        except* asyncio.CancelledError:
            log.debug("androidtv client left alone")  # the wire closes; asyncio would complain of a handler that is cancelled
        finally:
            writer.close()  # what was said last, that it is not known, still gets there
            self._talks.discard(task)

    async def _pair(self, channel: Channel) -> None:
        await Pairing(self.box, channel, float(self._facts.get("code", 300.0)), self._show).run()

    def _show(self, code: str) -> None:
        log.warning("on the screen", unit=self._appliance.identifier, code=code)

    async def _drive(self, channel: Channel) -> None:
        remote = Remote(
            self.box,
            self._player,
            channel,
            ping=float(self._facts.get("ping", 5.0)),
            version=str(self._facts.get("version", "5.2.473254133")),
            told_apps="no-apps" not in self._quirks,
        )
        self._remotes.add(remote)
        try:
            async with asyncio.timeout(float(self._facts.get("drops", 15.0)) if "drops" in self._quirks else None):
                await remote.run()
        except TimeoutError:
            log.debug("androidtv drops a client")
        finally:
            self._remotes.discard(remote)

    @property
    def _vanished(self) -> bool:
        return "vanishes-when-off" in self._quirks and not self._player.on

    def _heard(self, notice: Notice) -> None:
        if isinstance(notice, Power) and not notice.on and "forgets-clients" in self._quirks:
            self.box.clients.clear()
        self._tell()
        if self._vanished:
            for task in self._talks:
                task.cancel()

    def _tell(self) -> None:
        for remote in self._remotes:
            remote.changed()
