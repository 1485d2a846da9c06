"""One client on each transport, asked the same things; answers come as the codes of the standard's error table."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from aiocoap import Code

from gateway.protocol.topics import GatewayTopics
from tests.routes.coap_wire import Talker, request
from tests.routes.lamp import LAMP
from tests.routes.mqtt_wire import REFUSED, Shut, Speaker, speaker, tls_of
from tests.routes.stage import Stage

_numbers = itertools.count(1)
_METHODS = {
    "readproperty": (Code.GET, "p"),
    "writeproperty": (Code.PUT, "p"),
    "writemultipleproperties": (Code.iPATCH, "s"),
    "invokeaction": (Code.POST, "a"),
}


@dataclass(frozen=True)
class Told:
    """`code`: of the error table, "" when it was done, or is being done. `token`: a confirmation that was offered."""

    code: str
    token: str | None = None
    value: Any = None


class Asker(Protocol):
    """A client on one transport."""

    async def ask(self, operation: str, name: str = "", value: Any = None, *, why: str = "", confirm: str = "") -> Told:
        """Ask one thing of the lamp and return how it ended."""
        ...


@dataclass
class OverCoap:
    """With a key of OSCORE, over the LAN."""

    talker: Talker
    address: tuple[str, int]

    async def ask(self, operation: str, name: str = "", value: Any = None, *, why: str = "", confirm: str = "") -> Told:
        code, word = _METHODS[operation]
        said = {key: text for key, text in (("why", why), ("confirm", confirm)) if text}
        path = "/".join(("/d", LAMP, word, *([name] if name else []))) + (f"?{urlencode(said)}" if said else "")
        body = b"" if operation == "readproperty" or (value is None and operation == "invokeaction") else json.dumps(value).encode()
        answer = await self.talker.ask(self.address, request(code, path, body))
        if answer.code.startswith("2."):
            return Told("", value=json.loads(answer.payload) if answer.payload and operation == "readproperty" else None)
        error = json.loads(answer.payload) if answer.payload else {"code": {"4.01": "unauthenticated", "4.03": "forbidden"}[answer.code]}
        return Told(error["code"], error.get("confirm"))


@dataclass
class OverMqtt:
    """With a certificate, by envelopes on the client's own branch."""

    speaker: Speaker
    topics: GatewayTopics
    client: str

    async def ask(self, operation: str, name: str = "", value: Any = None, *, why: str = "", confirm: str = "") -> Told:
        number = f"ask-{next(_numbers)}"
        envelope = {"id": number, "op": operation, "dev": LAMP, "name": name, "in": value, "why": why, "confirm": confirm}
        if await self.speaker.publish(self.topics.rpc(self.client), json.dumps(envelope).encode()) >= REFUSED:
            return Told("forbidden")
        async with asyncio.timeout(20):
            while True:
                for topic, payload in await self.speaker.settle():
                    answer = json.loads(payload)
                    if topic == self.topics.answer(self.client) and answer.get("id") == number and answer["state"] not in _ON_THE_WAY:
                        error = answer.get("error") or {}
                        return Told(error.get("code", ""), error.get("confirm"), answer.get("out"))
                await asyncio.sleep(0.001)


_ON_THE_WAY = {"accepted", "delayed"}


@asynccontextmanager
async def askers(made: Stage, folder: Path) -> AsyncIterator[Mapping[tuple[str, str], Asker]]:
    """Return the client of each identity on each transport, by (transport, identity), where it gets a connection."""
    async with AsyncExitStack() as stack:
        topics = GatewayTopics(made.home.identifier)
        door = made.gateway.broker.doors.certificates
        known: dict[tuple[str, str], Asker] = {}
        for identity, given in made.credentials.items():
            known["coap", identity] = OverCoap(made.talkers[identity, "lan"], made.ports["lan"])
            if "certificate" not in given:
                continue
            tls = tls_of(folder / identity, identity, given)
            try:
                speaking = await stack.enter_async_context(speaker((door.hosts[-1], door.port), f"asker-{identity}", tls=tls))
            except Shut:
                continue
            await speaking.subscribe(f"{topics.client_prefix(made.client(identity))}/#")
            known["mqtt", identity] = OverMqtt(speaking, topics, made.client(identity))
        yield known
