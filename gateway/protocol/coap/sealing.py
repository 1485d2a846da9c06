"""Asking under a key: requests of ours go out protected (RFC 8613), and only what was protected for them counts as their answer."""

from typing import TYPE_CHECKING, Any

from aiocoap import error as errors

from gateway.errors import WireError
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.endpoint import message_of
from gateway.protocol.coap.envelope import read_envelope
from gateway.protocol.coap.keys import PeerKeyring

if TYPE_CHECKING:
    from gateway.protocol.coap.context import Context


class KeyRefused(errors.Error):  # type: ignore[misc]
    """The answer came in clear: the peer does not take the key, or somebody else has answered."""


class PeerKeys:
    """The keys under which peers are asked, by the names they are known by."""

    def __init__(self, keyring: PeerKeyring, contexts: Contexts) -> None:
        self._contexts = contexts
        self.find = keyring.find
        self.changed = keyring.changed

    async def context(self, peer: str) -> "Context | None":
        """Return what to protect a request to a peer with, None where it never had a key; raise Forbidden, StorageFailed."""
        key = self.find(peer)
        if key is None:
            return None
        context = await self._contexts.of(key, lambda: self.find(peer) == key)
        if context is None:
            raise KeyRefused("its key was changed at this moment")
        return context


class Seal:
    """One protected request. `outer` is what goes on the wire."""

    __slots__ = ("_context", "_identifiers", "outer")

    def __init__(self, context: "Context", request: Any) -> None:
        self._context = context
        self.outer, self._identifiers = context.protect(request)
        self.outer.remote = request.remote
        self.outer.mtype = request.mtype

    def open(self, answer: Any) -> Any:
        """Return the inner answer; a notification's Observe is the number its sender counted; raise what the library says is wrong."""
        if answer.opt.oscore is None:
            raise KeyRefused(f"it answered {answer.code} in clear")
        try:
            envelope = read_envelope(answer.opt.oscore)
        except WireError as error:
            raise KeyRefused(str(error)) from error
        frame, _ = self._context.opened(answer, self._identifiers)
        if frame.critical is not None:
            raise KeyRefused(f"an option it needs understood is not: {frame.critical}")
        inner = message_of(frame, answer.remote)
        if answer.opt.observe is None:
            inner.opt.observe = None
        else:  # without a number of its own it has the request's, and is older than any that has one
            inner.opt.observe = int.from_bytes(envelope.number, "big") if envelope.number else -1
        return inner
