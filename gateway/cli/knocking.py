"""The client's side of pairing, over the LAN: what a stranger's machine does, knowing nothing but an address and a PIN, or a QR code."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import BadSyntax, Forbidden, Offline, RateExceeded, TimedOut, Unauthenticated
from gateway.protocol.coap.client import CoapClient, refusal
from gateway.protocol.coap.message import CBOR, Method, Response
from gateway.protocol.payload import decode, encode
from gateway.trust.channel import Channel
from gateway.trust.edhoc import Initiator
from gateway.trust.invitation import Invitation
from gateway.trust.pin import PinRun
from gateway.trust.texts import data_of, text_of

EDHOC_FORMAT = 65
PATIENCE = 3
"""How often an answer that did not come is asked for."""
SECONDS = 6.0
ROOM = 400
"""Bytes of a message at least: a hub answers strangers with no more than they sent, and its words need room."""
CLOSED = "pairing is closed there, or not open by QR code: an owner opens it with `hulian pair`"
LOOK = "is the address the one that `hulian pair` shows there, does the hub run with --lan, is this machine in the same network?"
USUAL_WAIT = 5
LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Where pairing is asked for. `waiting(seconds)` is told before the hub makes us wait."""

    client: CoapClient
    address: str
    waiting: Callable[[int], None] = lambda _: None

    async def say(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Send one message to /pair and return the answer; raise what it was refused with."""
        message = encode({**document, "pad": "." * (ROOM - len(encode(dict(document), CBOR)))}, CBOR)
        while True:
            response = await self._post("pair", message, CBOR)
            error = refusal(response)
            if error is None:
                return _object(decode(response.payload, response.content_format))
            wait = error.extra.get("wait", USUAL_WAIT)
            if not isinstance(error, RateExceeded) or not isinstance(wait, int) or not 0 < wait <= LONGEST_WAIT:
                raise error
            self.waiting(wait)
            await asyncio.sleep(wait)

    async def exchange(self, payload: bytes) -> bytes:
        """Send one message of EDHOC and return the answer."""
        response = await self._post(".well-known/edhoc", payload, EDHOC_FORMAT)
        error = refusal(response)
        if isinstance(error, Forbidden):
            raise Forbidden(CLOSED)
        if error is not None:
            raise error
        return response.payload

    async def _post(self, path: str, payload: bytes, content_format: int) -> Response:
        for left in reversed(range(PATIENCE)):
            try:
                url = f"coap://{self.address}/{path}"
                return await self.client.request(Method.POST, url, payload=payload, content_format=content_format, timeout=SECONDS)
            except TimedOut as error:
                if not left:
                    raise TimedOut(f"{self.address} does not answer: {LOOK}") from error
            except Offline as error:
                raise Offline(f"no hub answers at {self.address}: {LOOK}") from error
        raise TimedOut(f"{self.address} does not answer: {LOOK}")


async def join_by_pin(hub: Hub, pin: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Pair with the PIN and return everything the hub gives; raise Unauthenticated when either end does not know it."""
    run = await asyncio.to_thread(PinRun, pin, "client")
    answer = await hub.say({"do": "pin", "share": text_of(run.share)})
    session, gateway = data_of(answer, "session"), answer.get("gateway")
    if not isinstance(gateway, str):
        raise BadSyntax(f"{hub.address} does not answer as a Hulian hub does")
    keys = await asyncio.to_thread(run.finish, data_of(answer, "share"), session, gateway)
    proof = await hub.say({"do": "prove", "session": text_of(session), "proof": text_of(keys.proof)})
    try:
        keys.check(data_of(proof, "proof"))
    except Unauthenticated as error:
        raise Unauthenticated(f"{hub.address} does not know the PIN itself: it is not the hub that shows it") from error
    return await _enrolled(hub, keys.channel(), session, wanted)


async def join_by_qr(hub: Hub, invitation: Invitation, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Pair with a QR code and return everything the hub gives; raise BadSyntax when the hub has not the key of the code."""
    run = Initiator(invitation.key, invitation.gateway)
    second = await hub.exchange(run.opening)
    try:
        third = run.follow(second)
    except BadSyntax as error:
        raise Unauthenticated(f"{hub.address} is not the hub of this QR code: it does not have its key") from error
    channel = run.conclude(await hub.exchange(third))
    return await _enrolled(hub, channel, run.connection, {**wanted, "code": text_of(invitation.code)})


async def first_that_answers(client: CoapClient, addresses: tuple[tuple[str, int], ...]) -> str:
    """Return the first of the addresses at which a hub is; raise Offline."""
    for host, port in addresses:
        try:
            await client.request(Method.GET, f"coap://{host}:{port}/.well-known/core", timeout=SECONDS)
        except (Offline, TimedOut):
            continue
        return f"{host}:{port}"
    tried = ", ".join(f"{host}:{port}" for host, port in addresses)
    raise Offline(f"no hub answers at {tried}: {LOOK}")


async def _enrolled(hub: Hub, channel: Channel, session: bytes, wanted: Mapping[str, Any]) -> dict[str, Any]:
    answer = await hub.say({"do": "enrol", "session": text_of(session), "sealed": text_of(channel.seal(dict(wanted)))})
    return channel.open(data_of(answer, "sealed"))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSyntax("this is not how a Hulian hub answers")
    return value
