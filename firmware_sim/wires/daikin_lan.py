"""A simulated Daikin adapter (BRP069 and its like): looked for over UDP 30050, asked over plain HTTP, one question on each connection.

It serves port 80, as real ones do, unless told otherwise; where this program may not have port 80 it takes a free one, and says so in a
word of its own (`http_port`), which no real adapter has.

`options.facts`, all optional: `mac`, `name`, `version` (as `1_14_88`), `model` (four hexadecimal digits), `automatic` (the number of its
automatic mode: 0, 1 or 7), `broadcast` (true, or the broadcast address of its network: it hears that too), `quirks`:

new-firmware          a program from 2.8 on: says another sort when it is looked for, and has none of the pages
secure                BRP072C: says `en_secure=1`, and takes nothing in clear
one-at-a-time         a second connection is closed at once (as a rule: a fifth)
no-unit               the air conditioner does not answer the adapter: `SERIAL IF FAILURE`
strange-field         a control character in the answer's head, which strict clients do not read
strict                a number for the temperature in dry or fan mode is refused
decimal-point         `22` is refused, `22.0` is not
forgets-while-off     what is set while it stays off is answered with OK and lost
no-outdoor-when-off   `otemp=-` while it is off
no-room-sensor        `htemp=-`
idle-999              a compressor that stands still turns at 999 Hz
two-louvres           `f_dir_ud` and `f_dir_lr`, 0 or S, instead of one number
no-fan-rate, no-swing, no-special    models without
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Self, cast

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires import streams
from firmware_sim.wires.daikin import page
from firmware_sim.wires.daikin.adapter import CALL, HTTP, SECURE, UDP, adapter_of
from firmware_sim.wires.daikin.board import AUTOMATIC, Board
from firmware_sim.wires.daikin.pages import Pages
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of

MOST = 4
"""Connections at the same time."""
log = structlog.get_logger()


class Wire:
    """The wire of one adapter; `asked` has the pages it was asked for, `most` how many connections there were at the same time."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        if appliance.kind != "air-conditioner":
            raise SetupMistake(f"a Daikin adapter speaks for an air conditioner, not for a {appliance.kind}")
        facts = options.facts
        quirks = frozenset(facts.get("quirks", ()))
        self.adapter = adapter_of(appliance.identifier, facts, quirks)
        self.asked: list[str] = []
        self.most = 0
        self._appliance = appliance
        self._board = Board(appliance, quirks, _automatic(facts.get("automatic", 1)))
        self._pages = Pages(self.adapter, self._board, lambda: self.port or HTTP)
        self._quirks = quirks
        self._network = network
        self._asked_port = options.port
        self._port: int | None = None
        self._ear = Datagrams(network, UDP, self._called, everybody=_everybody(network.address, facts.get("broadcast")))
        self._talks: streams.Talks = set()
        self._stack = contextlib.AsyncExitStack()

    @property
    def port(self) -> int | None:
        """The TCP port where it serves pages; None: it serves none that can be had in clear."""
        return self._port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._ear)
            stack.callback(self._appliance.listen(lambda _: self._board.look()))
            if SECURE not in self._quirks:
                server = await self._server()
                stack.push_async_callback(streams.end, self._talks)
                stack.callback(server.close)
                self._port = server.sockets[0].getsockname()[1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _server(self) -> asyncio.Server:
        port = HTTP if self._asked_port is None else self._asked_port
        try:
            return await asyncio.start_server(self._serve, self._network.address, port, limit=page.LONGEST)
        except PermissionError:
            return await asyncio.start_server(self._serve, self._network.address, 0, limit=page.LONGEST)

    def _called(self, data: bytes, peer: Peer) -> None:
        if data == CALL:
            self._ear.say(self._pages.introduction().encode(), peer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._talks) >= (1 if "one-at-a-time" in self._quirks else MOST):
            writer.transport.abort()
            return
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        self.most = max(self.most, len(self._talks))
        try:
            await self._talk(reader, writer)
        except OSError as gone:
            log.debug("daikin client gone", reason=str(gone))
        finally:
            writer.close()
            self._talks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = await page.question(reader)
        except page.Garbled as fault:
            log.debug("daikin question not understood", reason=str(fault))
            return
        if question is None or self._network.mute:
            await streams.until_left(reader)
            return
        self.asked.append(question.path)
        text, status = self._pages.answer(question)
        if not await self._network.travels():
            await streams.until_left(reader)
            return
        await streams.say(self._network, writer, page.answer(text, status, strange="strange-field" in self._quirks))


def _everybody(address: str, told: Any) -> tuple[str, ...]:
    if not told:
        return ()
    return (broadcast_of(address),) + ((told,) if isinstance(told, str) else ())


def _automatic(number: Any) -> str:
    if str(number) not in AUTOMATIC:
        raise SetupMistake(f"facts: `automatic` of a Daikin adapter is 0, 1 or 7, not {number!r}")
    return str(number)
