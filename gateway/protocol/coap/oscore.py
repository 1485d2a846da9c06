"""OSCORE (RFC 8613) between the library's token layer and our server: a protected request goes on as a plain one of its client.

    outer message --unprotect--> inner request, `remote.identity` set --> blocks, handle, watch --> answers --protect--> outer

One `Oscore` serves all sockets of a gateway, for a client may come over any of them with one and the same key. What cannot be
unprotected is told so in as few bytes as it takes and has no effect; a kid nobody has never gets this far (`refusal`).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiocoap.message import Message

from gateway.errors import StorageFailed, WireError
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.endpoint import message_of
from gateway.protocol.coap.envelope import request_envelope
from gateway.protocol.coap.keys import Keyring
from gateway.protocol.coap.message import Code, Method
from gateway.protocol.coap.translate import code_of
from gateway.protocol.coap.wire import Frame

if TYPE_CHECKING:
    from gateway.protocol.coap.context import Context

BAD_REQUEST: Code = (4, 0)
UNAUTHORIZED: Code = (4, 1)
BAD_OPTION: Code = (4, 2)
METHOD_NOT_ALLOWED: Code = (4, 5)
UNAVAILABLE: Code = (5, 3)
_OUTER = frozenset({Method.POST, Method.FETCH})


class ProtectedPipe:
    """Stands for the library's pipe: `request` is the inner one, what is answered goes out protected."""

    def __init__(self, pipe: Any, request: Any, context: "Context", identifiers: Any) -> None:
        self.request = request
        self._pipe = pipe
        self._context = context
        self._identifiers = identifiers
        self._held: tuple[Any, bool] | None = None

    def on_interest_end(self, act: Callable[[], object]) -> None:
        """Call `act` when nobody waits for an answer any more."""
        self._pipe.on_interest_end(act)

    def add_response(self, message: Any, is_last: bool = False) -> None:
        """Send one answer; while the disk grants no number only the newest is kept."""
        counter = self._context.counter
        if self._identifiers.can_reuse_nonce or counter.ready:
            self._send(message, is_last)
            return
        if self._held is None:
            counter.when_ready(self._release)
        self._held = (message, is_last)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.add_response(*held)

    def _send(self, message: Any, is_last: bool) -> None:
        number = message.opt.observe
        if number is not None:
            message.opt.observe = 0  # inside it only says that this is a notification; the number stands outside
        outer, _ = self._context.protect(message, self._identifiers)
        outer.opt.observe = number
        self._pipe.add_response(outer, is_last=is_last)
        message.mtype, message.mid, message.remote = outer.mtype, outer.mid, outer.remote


class Oscore:
    """What turns protected requests into plain ones of those whose keys the keyring finds."""

    def __init__(self, keyring: Keyring, contexts: Contexts) -> None:
        self._keyring = keyring
        self._contexts = contexts

    def refusal(self, frame: Frame) -> Code | None:
        """Return what refuses a message with an OSCORE option without a key being tried; None for one to go on with."""
        if not frame.is_request:
            return BAD_OPTION
        try:
            envelope = request_envelope(frame.protection or b"")
        except WireError:
            return BAD_OPTION
        if frame.code not in _OUTER:
            return METHOD_NOT_ALLOWED
        if envelope.kid is None or self._keyring.find(envelope.kid, envelope.kid_context) is None:
            return UNAUTHORIZED
        return None

    async def open(self, pipe: Any, wrong: Callable[[], None] = lambda: None) -> ProtectedPipe | None:
        """Return the pipe of the inner request; None when there is none for us, which the peer is then told.

        `wrong` is called when that was because of its key, or because it came before.
        """
        outer = pipe.request
        try:
            context = await self._context(outer)
        except StorageFailed:
            _refuse(pipe, UNAVAILABLE)
            return None
        if context is None or context.counter.exhausted:
            wrong()
            _refuse(pipe, UNAUTHORIZED)
            return None
        opened = _unprotect(context, pipe, wrong)
        if opened is None:
            return None
        frame, identifiers = opened
        inner = message_of(frame, outer.remote.known_as(context.key.identity))
        if outer.opt.observe == 0:
            identifiers.can_reuse_nonce = False  # notifications are put in order by our numbers, the first one too
        else:
            inner.opt.observe = None
        protected = ProtectedPipe(pipe, inner, context, identifiers)
        if frame.critical is not None:
            protected.add_response(Message(code=code_of(BAD_OPTION)), is_last=True)
            return None
        return protected

    async def _context(self, outer: Any) -> "Context | None":
        envelope = request_envelope(outer.opt.oscore)
        if envelope.kid is None:
            return None
        place = (envelope.kid, envelope.kid_context)
        key = self._keyring.find(*place)
        return None if key is None else await self._contexts.of(key, lambda: self._keyring.find(*place) == key)


def _unprotect(context: "Context", pipe: Any, wrong: Callable[[], None]) -> tuple[Frame, Any] | None:
    from gateway.protocol.coap import context as library  # noqa: PLC0415 - likewise; it is there by now

    try:
        return context.opened(pipe.request)
    except library.ReplayErrorWithEcho as error:
        if context.counter.ready:
            pipe.add_response(error.to_message(), is_last=True)
        else:
            _refuse(pipe, UNAVAILABLE)
    except library.ProtectionInvalid as error:
        wrong()
        _refuse(pipe, UNAUTHORIZED if isinstance(error, library.ReplayError) else BAD_REQUEST)
    return None


def _refuse(pipe: Any, code: Code) -> None:
    """Answer with a bare code, outside OSCORE: there is nothing in it to keep secret, and nothing it can be used for."""
    pipe.add_response(Message(code=code_of(code), max_age=0), is_last=True)
