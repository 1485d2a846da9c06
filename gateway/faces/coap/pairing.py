"""Where a stranger may knock: `POST /pair` and `POST /.well-known/edhoc`, small, public, and slower than everything else.

A client that was let in as an owner opens and closes the window here, too: `{"do": "open", "role", "minutes"}`, `{"do": "close"}`.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import BadFormat, RateExceeded, ReadOnly, TooLarge
from gateway.protocol.coap.message import CBOR, CHANGED, JSON, Method, Request, Response
from gateway.protocol.coap.server import Handle
from gateway.protocol.payload import decode, encode
from gateway.protocol.restraint import Senders, Verdict
from gateway.thing.clock import Clock
from gateway.trust.access import Access
from gateway.trust.pairing import Pairing
from gateway.trust.roles import Permission, require

PAIR: Final = ("pair",)
EDHOC: Final = (".well-known", "edhoc")
LONGEST: Final = 4096
"""Bytes of a message to /pair."""
EDHOC_FORMATS: Final = (None, 42, 64, 65)
"""application/octet-stream, edhoc+cbor-seq, cid-edhoc+cbor-seq (RFC 9528 section 10)."""
RATE, BURST, TOTAL, SENDERS = 2.0, 10.0, 20.0, 256
"""Messages a second and at once from one address, a second from all; addresses remembered. One address alone cannot use up all of it."""


def pairing_resources(pairing: Pairing, access: Access, clock: Clock) -> Mapping[tuple[str, ...], Handle]:
    """Return what answers whom nobody knows, by path."""
    doorbell = Doorbell(pairing, access, clock)
    return {PAIR: doorbell.pair, EDHOC: doorbell.edhoc}


class Doorbell:
    """Both resources, behind one limit."""

    def __init__(self, pairing: Pairing, access: Access, clock: Clock) -> None:
        self._pairing = pairing
        self._access = access
        self._senders = Senders(clock, rate=RATE, burst=BURST, total=TOTAL, most=SENDERS)

    async def pair(self, request: Request) -> Response:
        """Answer one message of pairing, or an owner's wish."""
        self._admit(request)
        document = decode(request.payload, request.content_format, limit=LONGEST)
        form = CBOR if request.content_format == CBOR else JSON
        if isinstance(document, dict) and document.get("do") in ("open", "close"):
            answer = await self._arranged(document, request)
        else:
            answer = await self._pairing.message(document, _host(request))
        return Response(code=CHANGED, payload=encode(answer, form), content_format=form)

    async def edhoc(self, request: Request) -> Response:
        """Answer message 1 or 3 of EDHOC."""
        self._admit(request)
        if request.content_format not in EDHOC_FORMATS:
            raise BadFormat("EDHOC messages are sequences of CBOR: content format 64 or 65, or none")
        return Response(
            code=CHANGED, payload=await self._pairing.exchange(request.payload, _host(request)), content_format=EDHOC_FORMATS[2]
        )

    def _admit(self, request: Request) -> None:
        if request.method is not Method.POST:
            raise ReadOnly("pairing is done with POST")
        if len(request.payload) > LONGEST:
            raise TooLarge(f"at most {LONGEST} bytes")
        if self._senders.take(_host(request)) is not Verdict.ADMIT:
            raise RateExceeded("too many messages: wait a few seconds", wait=5)

    async def _arranged(self, document: Mapping[str, Any], request: Request) -> dict[str, Any]:
        """Open or close the window for a client who may: one that came with a key, also where loopback needs none."""
        principal = self._access.principal(request.identity)
        require(principal, Permission.ADMINISTER)
        if document["do"] == "close":
            await self._pairing.window.close("stopped")
            return {}
        return self._pairing.offer(await self._pairing.arrange(document, principal, source=request.peer))


def _host(request: Request) -> str:
    return request.peer.rpartition(":")[0]
