"""A simulated ESPHome node: the native API over TCP 6053, in clear or under its key (Noise); it pushes what changes.

`options.facts`, all optional: `node` (a file of `esphome/nodes`), `key` (32 bytes in base64, or `none`: in clear), `mac`, `name`,
`password` (the older login, which nodes had until 2026), `api` ([1, 12]: the version it speaks), `most` (connections at the same time: 8),
`sleeps` ([20, 280]: seconds awake and asleep; it says goodbye and is gone), `entities` (rows beside those of the file). `quirks`, a list:

no-name         the greeting of an enciphered session tells neither its name nor its MAC (programs before 2022)
says-goodbye    a client that subscribes is asked to leave a moment later, as by a node that starts anew
asks-time       it asks each client for the time
slow-list       its entities are told one at a time, a while apart
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self, cast

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome.client import Client
from firmware_sim.wires.esphome.framing import Broken, Enciphered, Packet, Plain
from firmware_sim.wires.esphome.identity import identity_of
from firmware_sim.wires.esphome.messages import Said, catalogue
from firmware_sim.wires.esphome.node import Node
from firmware_sim.wires.protobuf import Garbled

PORT = 6053
VERSION = (1, 12)
MOST = 8
MAJOR = 1
_A_WHILE = 0.1
_ALWAYS: Final = ("HelloRequest", "DisconnectRequest", "DisconnectResponse", "PingRequest", "PingResponse")
log = structlog.get_logger()


class Wire:
    """The wire of one node; `node` may be changed while it runs, `served` counts its connections, `account` is what an owner knows."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        facts = options.facts
        self.quirks = set(facts.get("quirks", ()))
        self.identity = identity_of(appliance.identifier, facts)
        self.node = Node(appliance, self.identity, facts.get("node"), facts.get("entities", ()))
        self.account: dict[str, Any] = {"key": self.identity.encoded, "mac": self.identity.compact} if self.identity.key else {}
        self.address = network.address
        self.served = self.unread = 0
        self.clients: set[Client] = set()
        self._version = tuple(facts.get("api", VERSION))
        self._most = int(facts.get("most", MOST))
        self._sleeps: tuple[float, float] | None = facts.get("sleeps")
        self._asked_port = PORT if options.port is None else options.port
        self._port: int | None = None
        self._appliance, self._network = appliance, network
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[Any]] = set()
        self._stack = contextlib.AsyncExitStack()
        self._answers: Mapping[str, Callable[[Client, Said], None]] = {
            "HelloRequest": self._hello,
            "AuthenticationRequest": self._login,
            "DisconnectRequest": self._bye,
            "DisconnectResponse": lambda client, _: client.leave(),
            "PingRequest": lambda client, _: client.say("PingResponse", {}),
            "PingResponse": lambda _client, _: None,
            "DeviceInfoRequest": lambda client, _: client.say("DeviceInfoResponse", self.node.about()),
            "ListEntitiesRequest": self._list,
            "SubscribeStatesRequest": self._subscribe,
        }

    @property
    def port(self) -> int | None:
        """The TCP port it listens on, kept while it sleeps."""
        return self._port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await self._open()
            stack.push_async_callback(self._close)
            stack.callback(self._appliance.listen(lambda _: self.tell()))
            if self._sleeps is not None:
                nap = asyncio.create_task(self._nap(*self._sleeps), name="esphome node sleeps")
                stack.callback(nap.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def tell(self) -> None:
        """Push what has changed to everybody who subscribed."""
        states = self.node.states() if any(client.subscribed for client in self.clients) else {}
        for client in self.clients:
            for key, (name, said) in states.items() if client.subscribed else ():
                if repr(client.told.get(key)) != repr(said):  # by what is written: what is not a number equals nothing
                    client.told[key] = said
                    client.say(name, said)

    def push(self, name: str, said: Said) -> None:
        """Say a message to everybody who subscribed, unasked: an event, infrared that was heard, or nonsense."""
        for client in self.clients:
            if client.subscribed:
                client.say(name, said)

    async def _open(self) -> None:
        port = self._asked_port if self._port is None else self._port
        self._server = await asyncio.start_server(self._serve, self._network.address, port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in tuple(self.clients):
            if self._network.goodbye and client.greeted:
                client.say("DisconnectRequest", {})
                client.leave()
            else:
                client.cut()
        if self._talks:
            _, left = await asyncio.wait(self._talks, timeout=_A_WHILE)
            for talk in left:
                talk.cancel()
            if left:
                await asyncio.wait(left)

    async def _nap(self, awake: float, asleep: float) -> None:
        while True:
            await asyncio.sleep(awake)
            await self._close()
            await asyncio.sleep(asleep)
            await self._open()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.clients) >= self._most:
            writer.transport.abort()
            return
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        client = Client(reader, writer, self._network)
        client.framing = self._framing(client)
        self.clients.add(client)
        self.served += 1
        try:
            await client.serve(self._take)
        except* OSError as gone:
            log.debug("esphome client gone", reason=str(gone.exceptions[0]))
        finally:
            writer.close()
            self.clients.discard(client)
            self._talks.discard(task)

    def _framing(self, client: Client) -> Plain | Enciphered:
        if self.identity.key is None:
            return Plain()
        shown = ("", "") if "no-name" in self.quirks else (self.identity.name, self.identity.compact)
        return Enciphered(self.identity.key, *shown, client.put)

    def _take(self, client: Client, packet: Packet) -> None:
        number, data = packet
        message = catalogue().number(number)
        if message is None:
            return
        try:
            said = message.decode(data)
        except Garbled as fault:
            self.unread += 1
            raise Broken(f"{message.name}: {fault}") from fault
        if message.name not in _ALWAYS and not self._let_in(client, message.name):
            return
        if (answer := self._answers.get(message.name)) is not None:
            answer(client, said)
            return
        for name, content in self.node.obey(message.name, said):
            client.say(name, content)
        self.tell()

    def _let_in(self, client: Client, name: str) -> bool:
        """Return whether a client may ask that: it says hello first, and its password where there is one."""
        if not client.greeted:
            client.leave()
            return False
        return client.trusted or not self.identity.password or name == "AuthenticationRequest"

    def _hello(self, client: Client, said: Said) -> None:
        major, minor = self._version
        info = f"{self.identity.name} (esphome v{self.node.sheet['node'].get('esphome_version', '')})"
        client.say(
            "HelloResponse", {"api_version_major": major, "api_version_minor": minor, "server_info": info, "name": self.identity.name}
        )
        client.greeted = True
        if said["api_version_major"] != MAJOR:
            client.leave()
        if "asks-time" in self.quirks:
            client.say("GetTimeRequest", {})

    def _login(self, client: Client, said: Said) -> None:
        client.trusted = said["password"] == self.identity.password
        if self.identity.password:
            client.say("AuthenticationResponse", {"invalid_password": not client.trusted})

    def _bye(self, client: Client, _: Said) -> None:
        client.say("DisconnectResponse", {})
        client.leave()

    def _list(self, client: Client, _: Said) -> None:
        if "slow-list" in self.quirks:
            task = asyncio.create_task(self._list_slowly(client), name="esphome slow list")
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
            return
        for name, said in self.node.contents():
            client.say(name, said)

    async def _list_slowly(self, client: Client) -> None:
        for name, said in self.node.contents():
            await asyncio.sleep(_A_WHILE)
            client.say(name, said)

    def _subscribe(self, client: Client, _: Said) -> None:
        """Tell every state a moment later: a node does so when its loop comes round, after what else it was asked with it."""
        asyncio.get_running_loop().call_soon(self._tell_all, client)

    def _tell_all(self, client: Client) -> None:
        client.subscribed = True
        client.told.clear()
        for key, (name, said) in self.node.states().items():
            client.told[key] = said
            client.say(name, said)
        if "says-goodbye" in self.quirks:
            self.quirks.discard("says-goodbye")
            client.say("DisconnectRequest", {})
