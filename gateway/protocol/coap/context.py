"""One OSCORE security context: the library's cryptography, over counters of ours and behind a strict reader of ours.

Imported when the first key is used: the cryptography behind it weighs several megabytes.
"""

import secrets
from typing import Any

from gateway.errors import ExtraMissing, WireError
from gateway.protocol.coap.counters import Counter
from gateway.protocol.coap.keys import KeyMaterial
from gateway.protocol.coap.wire import MARKER, Frame, parse_inner

try:
    from aiocoap import oscore
    from aiocoap.message import Message
    from cryptography.hazmat.primitives.hashes import SHA256
except ImportError as error:
    raise ExtraMissing("OSCORE needs the extra `trust`: pip install 'hulian[trust]'") from error

WINDOW = 32
"""Numbers of the peer that may arrive out of order."""
ECHO = 8
"""Bytes of the fresh word a peer is asked to repeat."""

ProtectionInvalid = oscore.ProtectionInvalid
ReplayError = oscore.ReplayError
ReplayErrorWithEcho = oscore.ReplayErrorWithEcho


class InnerMalformed(oscore.ProtectionInvalid):  # type: ignore[misc]
    """The peer has the key, and what it protected is no CoAP."""


class Context(oscore.CanProtect, oscore.CanUnprotect, oscore.SecurityContextUtils):  # type: ignore[misc]
    """Protects and unprotects messages of one key. `inner`: the last message unprotected, as our own reader read it."""

    alg_aead = oscore.AES_CCM_16_64_128()
    hashfun = SHA256()

    def __init__(self, key: KeyMaterial, counter: Counter) -> None:
        self.key = key
        self.counter = counter
        self.sender_id = key.sender_id
        self.recipient_id = key.recipient_id
        self.id_context = key.id_context
        self.inner: Frame | None = None
        self.derive_keys(key.master_salt, key.master_secret)
        if counter.seen is None:
            counter.seen = _window(counter.window)
        self.recipient_replay_window = counter.seen
        self.echo_recovery = None if counter.seen.is_initialized() else secrets.token_bytes(ECHO)

    def opened(self, message: Any, request_id: Any = None) -> tuple[Frame, Any]:
        """Return the inner message and what its answer needs; raise the errors of the library named above."""
        self.inner = None
        _, identifiers = self.unprotect(message, request_id)
        inner: Frame | None = self.inner
        self.inner = None
        if inner is None:
            raise InnerMalformed("nothing was read")
        if self.echo_recovery is not None and self.recipient_replay_window.is_initialized():
            self.echo_recovery = None
        return inner, identifiers

    def new_sequence_number(self) -> int:
        """Return a number for a message of ours (the library calls this)."""
        return self.counter.take()

    def post_seqnoincrease(self) -> None:
        """Do nothing: the counter has reserved it (the library may call this)."""

    def _split_message(self, message: Any, request_id: Any) -> tuple[Any, bytes]:
        """Return the outer message and what goes inside; the library copies a response deeply first, a fifth of all that OSCORE costs."""
        if message.code.is_request():
            split: tuple[Any, bytes] = super()._split_message(message, request_id)
            return split
        body = bytes((MARKER,)) + message.payload if message.payload else b""
        return Message(code=request_id.code_style.response), bytes((int(message.code),)) + message.opt.encode() + body

    def _post_decrypt_checks(self, _aad: bytes, plaintext: bytes, protected_message: Any, _request_id: Any) -> None:
        """Read what was protected as strictly as what is not, before the library's decoder sees it."""
        try:
            self.inner = parse_inner(plaintext, answers=protected_message.code.is_response())
        except WireError as error:
            raise InnerMalformed(str(error)) from error


def _window(kept: dict[str, int] | None) -> Any:
    window = oscore.ReplayWindow(WINDOW, lambda: None)
    if kept:
        window.initialize_from_persisted(kept)
    elif kept is not None:
        window.initialize_empty()
    return window
