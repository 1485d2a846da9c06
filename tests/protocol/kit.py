"""What the MQTT tests share: a clock in a hurry, a wait for anything, a broker that does as it is told, and a wire that can break."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from ssl import SSLContext

from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.thing.clock import SystemClock

HOST = "127.0.0.1"
FOUR, FIVE = 4, 5
ACCEPTED = {FOUR: b"\x20\x02\x00\x00", FIVE: b"\x20\x03\x00\x00\x00"}


class HastyClock(SystemClock):
    """Sleeps at most 50 ms, so that back-off costs a test nothing; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(min(seconds, 0.05))


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def client(address: BrokerAddress, **options: object) -> MqttClient:
    settings = {"client_id": "tested", "clock": HastyClock(), "random": Random(1)} | options
    return MqttClient(address, **settings)  # type: ignore[arg-type]


class ToldBroker:
    """Answers CONNECT with `greet(level, count)` (None: silence, b"": hangs up) and acknowledges only what it is told to."""

    def __init__(self) -> None:
        self.greet: Callable[[int, int], bytes | None] = lambda level, _: ACCEPTED[level]
        self.acknowledges = True
        self.subscription_code = 1
        self.levels: list[int] = []
        self.published: list[int] = []
        self.heads: list[int] = []
        self.acknowledged: list[int] = []
        self.pings = 0
        self.filters: list[str] = []
        self.disconnects = 0
        self.address = BrokerAddress(HOST, 0)
        self._writers: list[asyncio.StreamWriter] = []

    def say(self, data: bytes) -> None:
        self._writers[-1].write(data)

    def hang_up(self) -> None:
        self._writers[-1].close()

    def acknowledge(self, packet: int) -> None:
        self.say(b"\x40\x02" + packet.to_bytes(2, "big"))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head, body = await _packet(reader)
                if not self._answer(head, body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, head: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        match head >> 4:
            case 1:
                self.levels.append(body[6])
                greeting = self.greet(body[6], len(self.levels))
                writer.write(greeting or b"")
                return greeting != b""
            case 3:
                length = int.from_bytes(body[:2], "big")
                self.heads.append(head)
                if not head & 0x06:
                    return True
                self.published.append(int.from_bytes(body[2 + length : 4 + length], "big"))
                if self.acknowledges:
                    self.acknowledge(self.published[-1])
            case 4:
                self.acknowledged.append(int.from_bytes(body[:2], "big"))
            case 8:
                if self.subscription_code < 0:
                    return True
                start = 3 if self.levels[-1] == FIVE else 2
                length = int.from_bytes(body[start : start + 2], "big")
                self.filters.append(body[start + 2 : start + 2 + length].decode())
                properties = b"\0" if self.levels[-1] == FIVE else b""
                writer.write(bytes((0x90, 3 + len(properties))) + body[:2] + properties + bytes((self.subscription_code,)))
            case 12:
                self.pings += 1
                writer.write(b"\xd0\x00")
            case 14:
                self.disconnects += 1
                return False
        return True


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return head, await reader.readexactly(length)


@asynccontextmanager
async def told_broker(context: SSLContext | None = None) -> AsyncIterator[ToldBroker]:
    broker = ToldBroker()
    server = await asyncio.start_server(broker.serve, HOST, 0, ssl=context)
    broker.address = BrokerAddress(HOST, server.sockets[0].getsockname()[1], tls=context is not None)
    try:
        yield broker
    finally:
        server.close()
        for writer in broker._writers:
            writer.close()
        await server.wait_closed()


class Wire:
    """Carries bytes between a client and a broker, until told to stand still or to break."""

    def __init__(self, target: BrokerAddress) -> None:
        self._target = target
        self.address = target
        self._moving = asyncio.Event()
        self._moving.set()
        self._writers: list[asyncio.StreamWriter] = []

    def stop(self) -> None:
        self._moving.clear()

    def go_on(self) -> None:
        self._moving.set()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(self._target.host, self._target.port)
        except OSError:
            writer.close()
            return
        self._writers += (writer, back)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(4096):
                await self._moving.wait()
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def wire_to(target: BrokerAddress) -> AsyncIterator[Wire]:
    wire = Wire(target)
    server = await asyncio.start_server(wire.serve, HOST, 0)
    wire.address = BrokerAddress(HOST, server.sockets[0].getsockname()[1])
    try:
        yield wire
    finally:
        server.close()
        wire.go_on()
        wire.cut()
        await server.wait_closed()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
