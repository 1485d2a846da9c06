"""What the plug was given when it was paired, a folder that `hulian join` makes, and the lock of CoAP.

    client.pem, client.key   our certificate and its key: the broker lets us in by them (TLS)
    authority.pem            who signs in that home: the only one whose broker we believe
    connection.json          `client`: our name there; `mqtt`: the broker, mqtts://host:port; `device`: our id
    oscore/                  the key we and the hub share on CoAP (RFC 8613), as aiocoap keeps one

With a key, nothing but one link is told to who has none.
"""

import json
import ssl
from pathlib import Path
from typing import Any

from aiocoap import Message
from aiocoap.error import RenderableError
from aiocoap.numbers.codes import Code
from aiocoap.oscore import FilesystemSecurityContext, ProtectionInvalid, ReplayErrorWithEcho
from aiocoap.pipe import Pipe

from plug.payload import LINKS

_CORE = (".well-known", "core")


class Stranger(RenderableError):  # type: ignore[misc] # aiocoap is untyped
    """Who shows no key, or a wrong one. The answer is no longer than the question, so that nobody can be flooded with it."""

    def __init__(self, code: Code = Code.UNAUTHORIZED, payload: bytes = b"") -> None:
        super().__init__()
        self._code, self._payload = code, payload

    def to_message(self) -> Message:
        """Return the answer."""
        return Message(code=self._code, payload=self._payload, content_format=LINKS if self._payload else None)


class Credentials:
    """One folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.broker: str = json.loads((folder / "connection.json").read_text())["mqtt"]

    def tls(self) -> ssl.SSLContext:
        """Return what to speak TLS with."""
        context = ssl.create_default_context(cafile=str(self._folder / "authority.pem"))
        context.load_cert_chain(self._folder / "client.pem", self._folder / "client.key")
        return context

    def lock(self, identifier: str) -> "Lock":
        """Return the lock of our CoAP resources; one program at a time may use the folder, for it counts messages in it."""
        return Lock(FilesystemSecurityContext(str(self._folder / "oscore")), identifier)


class Lock:
    """Opens what comes under the key, and seals what goes back."""

    def __init__(self, context: FilesystemSecurityContext, identifier: str) -> None:
        self._context = context
        self._link = f'</d/self/td>;rt="wot.thing";ep="{identifier}";osc'.encode()

    def opened(self, pipe: Pipe) -> "SealedPipe":
        """Return the request inside; Stranger, or the challenge of a context that lost its place after a crash."""
        outer: Message = pipe.request
        if outer.opt.oscore is None:
            known = outer.code == Code.GET and tuple(outer.opt.uri_path) == _CORE
            raise Stranger(Code.CONTENT, self._link) if known else Stranger()
        try:
            inner, seal = self._context.unprotect(outer)
        except ReplayErrorWithEcho:
            raise
        except (ProtectionInvalid, ValueError, IndexError) as error:
            raise Stranger from error
        inner.remote = outer.remote
        return SealedPipe(pipe, inner, self._context, seal)


class SealedPipe:
    """Stands for the library's pipe: the request is the inner one, every answer goes out sealed."""

    def __init__(self, pipe: Pipe, request: Message, context: FilesystemSecurityContext, seal: Any) -> None:
        self.request = request
        self._pipe, self._context, self._seal = pipe, context, seal

    def add_response(self, message: Message, is_last: bool = False) -> None:
        """Send one answer; the number of a notification is outside as well, where the client's library looks for it."""
        number, message.opt.observe = message.opt.observe, None if message.opt.observe is None else 0
        sealed, _ = self._context.protect(message, self._seal)
        sealed.opt.observe = number
        self._pipe.add_response(sealed, is_last=is_last)
