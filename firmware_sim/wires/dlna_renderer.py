"""A simulated DLNA media renderer, the player of a television or a set-top box: found over SSDP, described in XML, driven by SOAP.

It answers M-SEARCH at its own address and, where it hears it (`broadcast`), to the group 239.255.255.250, and serves HTTP at 49152 or at
`options.port`. It tells subscribers what changes (GENA). There is nothing secret about it, and nothing that would switch it on.

`options.facts`, all optional: `udn`, `name`, `maker`, `model`, `number`, `path` (of its description, `/description.xml`), `loudest` (100),
`lease` (seconds a subscription is good for, 300), `without` (actions it has not), `broadcast` (true: hear the group), `quirks`:

no-search            it does not answer M-SEARCH: it is known by its address or not at all
no-events            it takes no subscriptions
forgets-subscribers  it forgets its subscribers with each change, without a word
no-xml               its description is no XML
bomb                 its description is a few lines of XML that grow to gigabytes
huge                 its description has 10 MB
elsewhere            it says that its description is on another host (`http://127.0.0.1:1/`)
sound-only           it plays nothing but sound
vanishes-when-off    nothing answers while it is off
"""

import asyncio
import contextlib
import hashlib
import uuid
from types import TracebackType
from typing import Any, Final, Self, cast

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires import streams
from firmware_sim.wires.datagrams import Datagrams, Peer
from firmware_sim.wires.dlna import http, soap
from firmware_sim.wires.dlna.events import Events
from firmware_sim.wires.dlna.player import Fault, Player
from firmware_sim.wires.dlna.services import ACTIONS, DEVICE, description, protocol

PORT: Final = 49152
SSDP: Final = 1900
GROUP: Final = "239.255.255.250"
KINDS = frozenset({"uhd-tv", "set-top-box"})
_BOMB = '<?xml version="1.0"?><!DOCTYPE root [<!ENTITY a "aaaaaaaaaa">{more}]><root>&j;</root>'
log = structlog.get_logger()


class Wire:
    """The wire of one renderer; `player` is what it plays, `events` whom it tells, `served` the requests it was sent."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        if appliance.kind not in KINDS:
            raise SetupMistake(f"a media renderer is part of a television or a set-top box, not of a {appliance.kind}")
        self._facts = facts = options.facts
        self._quirks = frozenset(facts.get("quirks", ()))
        digest = hashlib.sha256(f"dlna:{appliance.identifier}".encode()).digest()
        self.udn = str(facts.get("udn", f"uuid:{uuid.UUID(bytes=digest[:16])}"))
        without = frozenset(facts.get("without", ()))
        self.player = Player(appliance, int(facts.get("loudest", 100)), sound="sound-only" in self._quirks, without=without)
        self.events = Events(network, self._variables, int(facts.get("lease", 300)))
        self.served: list[str] = []
        self._appliance = appliance
        self._network = network
        self._path = str(facts.get("path", "/description.xml"))
        self._asked_port = PORT if options.port is None else options.port
        self._port: int | None = None
        everybody = (GROUP,) if facts.get("broadcast") else ()
        self._ear = Datagrams(network, SSDP, self._called, everybody=everybody)
        self._talks: streams.Talks = set()
        self._stack = contextlib.AsyncExitStack()

    @property
    def port(self) -> int | None:
        """The TCP port of its HTTP."""
        return self._port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            server = await asyncio.start_server(self._serve, self._network.address, self._asked_port)
            stack.push_async_callback(streams.end, self._talks)
            stack.callback(server.close)
            self._port = server.sockets[0].getsockname()[1]
            await stack.enter_async_context(self._ear)
            stack.callback(self._appliance.listen(lambda _: self._changed()))
            telling = asyncio.create_task(self.events.run(), name=f"dlna events of {self._appliance.identifier}")
            stack.callback(telling.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def _called(self, data: bytes, peer: Peer) -> None:
        """Answer a search for renderers, for its own name, or for anything."""
        lines = data.decode("latin-1").split("\r\n")
        fields = {name.strip().upper(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        wanted = fields.get("ST", "")
        if not lines[0].startswith("M-SEARCH * HTTP/1.1") or fields.get("MAN") != '"ssdp:discover"' or self._deaf:
            return
        if wanted in {DEVICE, "ssdp:all", "upnp:rootdevice", self.udn}:
            self._ear.say(self._introduction(DEVICE if wanted == "ssdp:all" else wanted), peer)

    def _introduction(self, wanted: str) -> bytes:
        where = "http://127.0.0.1:1/" if "elsewhere" in self._quirks else f"http://{self._network.address}:{self._port}{self._path}"
        name = self.udn if wanted == self.udn else f"{self.udn}::{wanted}"
        fields = {
            "CACHE-CONTROL": "max-age=1800",
            "EXT": "",
            "LOCATION": where,
            "SERVER": "Linux UPnP/1.0 Hulian/1.0",
            "ST": wanted,
            "USN": name,
        }
        return "\r\n".join(["HTTP/1.1 200 OK", *(f"{key}: {value}" for key, value in fields.items()), "", ""]).encode("latin-1")

    @property
    def _deaf(self) -> bool:
        return "no-search" in self._quirks or self._vanished

    @property
    def _vanished(self) -> bool:
        return "vanishes-when-off" in self._quirks and not self._appliance.values()["power"]

    def _changed(self) -> None:
        if "forgets-subscribers" in self._quirks:
            self.events.forget()
        self.events.changed()

    def _variables(self, service: str) -> dict[str, str]:
        if service == "RenderingControl":
            return {"Volume": str(self.player.volume()), "Mute": str(int(self.player.muted()))}
        if service == "AVTransport":
            track = {"AVTransportURI": self.player.uri, "CurrentTrackMetaData": self.player.metadata}
            return {"TransportState": self.player.state(), **track}
        return {"SinkProtocolInfo": self.player.call(service, "GetProtocolInfo", {})["Sink"]}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, http.Garbled) as gone:
            log.debug("dlna client gone", reason=str(gone))
        except asyncio.CancelledError:
            log.debug("dlna client left alone")  # the wire closes; asyncio would complain of a handler that is cancelled
        finally:
            writer.close()
            self._talks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await http.request(reader)
        if asked is None or self._network.mute or self._vanished:
            await streams.until_left(reader)
            return
        self.served.append(f"{asked.method} {asked.path}")
        answer = self._answer(asked)
        if not await self._network.travels():
            await streams.until_left(reader)
            return
        await streams.say(self._network, writer, answer.encode())

    def _answer(self, asked: http.Request) -> http.Response:
        if asked.method == "GET":
            return self._document(asked.path)
        service = asked.path.strip("/").partition("/")[0]
        if service not in ACTIONS:
            return http.Response(404)
        if asked.method == "POST":
            return self._act(service, asked.body)
        if "no-events" in self._quirks:
            return http.Response(412)
        if asked.method == "SUBSCRIBE":
            return self.events.subscribe(service, asked)
        return self.events.unsubscribe(asked) if asked.method == "UNSUBSCRIBE" else http.Response(405)

    def _act(self, service: str, body: bytes) -> http.Response:
        try:
            action, said = soap.asked(service, body)
            given = self.player.call(service, action, said)
        except Fault as fault:
            return http.Response(500, soap.failed(fault))
        self.events.changed()
        return http.Response(body=soap.answered(service, action, given))

    def _document(self, path: str) -> http.Response:
        service = path.strip("/").removesuffix(".xml")
        if path == self._path:
            return http.Response(body=self._description().encode())
        if service not in ACTIONS:
            return http.Response(404)
        loudest = int(self._facts.get("loudest", 100))
        return http.Response(body=protocol(service, without=tuple(self._facts.get("without", ())), loudest=loudest).encode())

    def _description(self) -> str:
        if "no-xml" in self._quirks:
            return "<html><body>Welcome to your television<br></body>"
        if "bomb" in self._quirks:
            grown = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
            return _BOMB.format(more=grown)
        words = {"maker": "Hulian", "model": {"uhd-tv": "Smart TV", "set-top-box": "IPTV Box"}[self._appliance.kind], "number": "1"}
        told = {name: str(self._facts.get(name, word)) for name, word in words.items()}
        whole = description(
            udn=self.udn, name=str(self._facts.get("name", f"Living room {told['model']}")), services=tuple(ACTIONS), **told
        )
        return whole + " " * 10_000_000 if "huge" in self._quirks else whole
