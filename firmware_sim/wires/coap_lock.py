"""The lock of an appliance that was paired: what does not come under its hub's key (OSCORE, RFC 8613) gets nothing but its name.

The cryptography, the counters on disk and the fresh word after a crash are the library's own (`oscore/` of the credentials folder is one of
its contexts); the hub speaks with other counters and another reader. Only the wrapper around the resources is ours: the library's own one
lets everybody in and wants EDHOC.
"""

from pathlib import Path
from typing import Any

from aiocoap import Message
from aiocoap.numbers import Code
from aiocoap.oscore import (
    COSE_KID,
    COSE_KID_CONTEXT,
    COSE_PIV,
    FilesystemSecurityContext,
    ProtectionInvalid,
    ReplayError,
    ReplayErrorWithEcho,
)
from aiocoap.oscore import verify_start as envelope_of
from aiocoap.pipe import Pipe

from firmware_sim.credentials import oscore_folder
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.coap_endpoint import Site
from firmware_sim.wires.payload import LINK_FORMAT

_CORE = (".well-known", "core")
_OUTER = frozenset({Code.POST, Code.FETCH})
_RESERVED, _HAS_CONTEXT, _GROUP = 0b11000000, 0b10000, 0b100000


class Lock:
    """One key, as the library keeps it; nobody else can use the folder until `close()`."""

    def __init__(self, credentials: Path) -> None:
        folder = oscore_folder(credentials)
        try:
            self.context = FilesystemSecurityContext(str(folder))
        except TimeoutError:
            raise SetupMistake(f"{folder} is in use by another program: one key has one user") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SetupMistake(f"{folder} holds no key that can be used: {error}") from error

    def close(self) -> None:
        """Write down how far was counted, and let the folder go; the library has no public word for it."""
        self.context._destroy()  # noqa: SLF001 - see above


class LockedSite:
    """Stands before `site`: opens what was protected for us, and protects what `site` answers."""

    def __init__(self, site: Site, lock: Lock, identifier: str) -> None:
        self._site = site
        self._context = lock.context
        self._core = f'</d/self/td>;rt="wot.thing";ep="{identifier}";osc'.encode()

    async def render_to_pipe(self, pipe: Pipe) -> None:
        """Answer one request message, and go on answering while it observes."""
        outer: Message = pipe.request
        if outer.opt.oscore is None:
            pipe.add_response(self._in_clear(outer), is_last=True)
        elif (refused := self._refusal(outer)) is not None:
            pipe.add_response(Message(code=refused, max_age=0), is_last=True)
        else:
            await self._opened(pipe, outer)

    def _in_clear(self, request: Message) -> Message:
        """Answer somebody without a key: that there is an appliance, by the name it announces, and that it is locked."""
        if request.code != Code.GET or tuple(request.opt.uri_path) != _CORE:
            return Message(code=Code.UNAUTHORIZED)
        return Message(code=Code.CONTENT, payload=self._core, content_format=LINK_FORMAT)

    def _refusal(self, outer: Message) -> Code | None:
        """Return what refuses a message before the key is tried."""
        if not _sound(outer.opt.oscore):
            return Code.BAD_OPTION
        if outer.code not in _OUTER:
            return Code.METHOD_NOT_ALLOWED
        said = envelope_of(outer)
        if COSE_PIV not in said or said.get(COSE_KID) != self._context.recipient_id or COSE_KID_CONTEXT in said:
            return Code.UNAUTHORIZED
        return None

    async def _opened(self, pipe: Pipe, outer: Message) -> None:
        try:
            inner, identifiers = self._context.unprotect(outer)
        except ReplayErrorWithEcho as error:
            pipe.add_response(error.to_message(), is_last=True)
        except (ProtectionInvalid, ValueError) as error:
            code = Code.UNAUTHORIZED if isinstance(error, ReplayError) else Code.BAD_REQUEST
            pipe.add_response(Message(code=code, max_age=0), is_last=True)
        else:
            inner.remote = outer.remote
            await self._site.render_to_pipe(SealedPipe(pipe, inner, self._context, identifiers))


class SealedPipe:
    """Stands for the pipe: `request` is the inner one, what is answered goes out protected."""

    def __init__(self, pipe: Pipe, request: Message, context: FilesystemSecurityContext, identifiers: Any) -> None:
        self.request = request
        self._pipe = pipe
        self._context = context
        self._identifiers = identifiers

    def add_response(self, message: Message, is_last: bool = False) -> None:
        """Send one answer; the number of a notification stands outside, too."""
        number = message.opt.observe
        if number is not None:
            message.opt.observe = 0
        outer, _ = self._context.protect(message, self._identifiers)
        outer.opt.observe = number
        outer.transport_tuning = message.transport_tuning
        self._pipe.add_response(outer, is_last=is_last)


def _sound(option: bytes) -> bool:
    """Return whether the library can read the option: it takes a length for granted."""
    if not option or option[0] & (_RESERVED | _GROUP):
        return False
    return not option[0] & _HAS_CONTEXT or len(option) > 1 + (option[0] & 7)
