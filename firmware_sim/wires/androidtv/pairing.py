"""How a box is paired: both say what they can, a code appears on the screen, and the client proves that it was read there.

The code is six hexadecimal characters: the first byte of a hash over both keys and a nonce, then the nonce. So it holds for this connection
and these two certificates only, and is gone with the connection or after a while.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization

from firmware_sim.wires.androidtv.box import Box
from firmware_sim.wires.androidtv.channel import Channel, Gone
from firmware_sim.wires.androidtv.messages import (
    BAD_CONFIGURATION,
    BAD_SECRET,
    ERROR,
    HEXADECIMAL,
    INPUT,
    OK,
    PAIRING,
    SYMBOLS,
    Frames,
    framed,
)

_ENCODING = {"type": HEXADECIMAL, "length": SYMBOLS}


class Refused(Exception):
    """The client asked for what the box does not do; `status` says so on the wire."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Pairing:
    """One conversation; the code is on `box.screen` while it is wanted, for `seconds` at most; `show` is called with it."""

    def __init__(self, box: Box, channel: Channel, seconds: float, show: Callable[[str], None]) -> None:
        self._box = box
        self._channel = channel
        self._seconds = seconds
        self._show = show
        self._client = ""
        self._secret = b""
        self._code = ""

    async def run(self) -> None:
        """Talk until the client is paired, refused or gone; raise Gone or protobuf.Garbled."""
        shown = await self._channel.open()
        self._certificate = shown.to_cryptography()
        frames = Frames(PAIRING)
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    for said in frames.take(await self._channel.read()):
                        if await self._answered(said):
                            return
        except TimeoutError as late:
            raise Gone("nobody typed the code") from late
        except Refused as refused:
            await self._say({}, refused.status)
        finally:
            if self._code and self._box.screen == self._code:
                self._box.screen = ""

    async def _answered(self, said: Mapping[str, Any]) -> bool:
        """Answer; return whether that was all."""
        if said["status"] != OK:
            raise Gone("the client gave up")
        if "request" in said:
            self._client = said["request"]["client"]
            await self._say({"request_ack": {"server": self._box.model}})
        elif "options" in said:
            await self._say({"options": {"input": [_ENCODING], "role": INPUT}})
        elif "configuration" in said:
            await self._show_code(said["configuration"])
        elif "secret" in said:
            return await self._judge(said["secret"]["secret"])
        else:
            raise Refused(ERROR)
        return False

    async def _show_code(self, asked: Mapping[str, Any]) -> None:
        if asked["role"] != INPUT or asked["encoding"] != _ENCODING:
            raise Refused(BAD_CONFIGURATION)
        self._code, self._secret = self._box.new_code(self._certificate)
        self._box.screen = self._code
        self._show(self._code)
        await self._say({"configuration_ack": {}})

    async def _judge(self, secret: bytes) -> bool:
        if not self._secret or not secrets.compare_digest(secret, self._secret):
            raise Refused(BAD_SECRET)
        self._box.let_in(self._certificate.public_bytes(serialization.Encoding.DER), self._client)
        await self._say({"secret_ack": {"secret": self._secret}})
        return True

    async def _say(self, what: Mapping[str, Any], status: int = OK) -> None:
        await self._channel.send(framed(PAIRING, {"version": 2, "status": status, **what}))
