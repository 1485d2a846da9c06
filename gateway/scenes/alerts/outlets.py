"""The ways out of the hub: a command of the owner's, which is given the alert on its standard input, and a webhook, which is sent it.

Both are the owner's own words in the configuration file, never a document's: a scene says what is told, not to whom. Each has a time limit;
a webhook that does not answer is tried a few times more. Neither needs the internet: a webhook may be an address of the home.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from gateway.errors import ConfigurationInvalid
from gateway.scenes.alerts.posting import Refused, posted, target_of
from gateway.thing.clock import Clock

DONE: Final = "told"
COMMAND_SECONDS: Final = 30.0
"""Seconds a command may take."""
POST_SECONDS: Final = 10.0
"""Seconds one try of a webhook may take."""
TRIES: Final = 3
PAUSE: Final = 5.0
"""Seconds before a webhook is tried once more; twice as long before the next."""
_SAID: Final = 200
"""Characters of what a command complains about."""


class Outlet(Protocol):
    """One way out."""

    @property
    def name(self) -> str:
        """Return what it is called in what is told of an alert."""
        ...

    async def tell(self, message: Mapping[str, Any]) -> str:
        """Tell it; return "told", or what went wrong in words. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A program of the owner's with its arguments, run without a shell."""

    words: tuple[str, ...]
    seconds: float = COMMAND_SECONDS
    name: str = "command"

    async def tell(self, message: Mapping[str, Any]) -> str:
        """Run it with the alert as one line of JSON on its standard input."""
        try:
            process = await asyncio.create_subprocess_exec(*self.words, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, start_new_session=True)
        except (OSError, ValueError) as error:
            return f"{self.words[0]} cannot be run: {getattr(error, 'strerror', None) or error}"
        try:
            async with asyncio.timeout(self.seconds):
                complaint = await self._converse(process, orjson.dumps(message) + b"\n")
                code = await process.wait()
        except TimeoutError:
            return f"{self.words[0]} took longer than {self.seconds:g} s, and was ended"
        finally:
            await _ended(process)
        return DONE if code == 0 else f"{self.words[0]} ended with {code}{complaint}"

    @staticmethod
    async def _converse(process: asyncio.subprocess.Process, line: bytes) -> str:
        """Hand the line over and read what it complains about, a little of it kept."""
        if process.stdin is None or process.stderr is None:
            return ""
        with suppress(ConnectionError):  # a program need not read it
            process.stdin.write(line)
            await process.stdin.drain()
        process.stdin.close()
        said = b""
        while part := await process.stderr.read(4096):
            said = (said + part)[:_SAID]
        text = said.decode(errors="replace").strip()
        return f": {text}" if text else ""


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a program that still runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes the alert as JSON by POST."""

    url: str
    clock: Clock
    seconds: float = POST_SECONDS
    pause: float = PAUSE
    name: str = "webhook"

    async def tell(self, message: Mapping[str, Any]) -> str:
        """Send it, some tries in all."""
        body, said = orjson.dumps(message), ""
        for number in range(TRIES):
            if number:
                await self.clock.sleep(self.pause * 2 ** (number - 1))
            try:
                async with asyncio.timeout(self.seconds):
                    await posted(self.url, body)
                    return DONE
            except TimeoutError:
                said = f"no answer within {self.seconds:g} s"
            except Refused as refusal:
                said = str(refusal)
                if refusal.final:
                    break
        return f"{self.url.partition('?')[0]}: {said}"


def outlets_of(command: tuple[str, ...], webhook: str, clock: Clock) -> tuple[Outlet, ...]:
    """Return the ways out an owner has configured; raise ConfigurationInvalid for a webhook that is no address."""
    try:
        hooks: tuple[Outlet, ...] = (Webhook(webhook, clock),) if webhook and target_of(webhook) else ()
    except ValueError as error:
        raise ConfigurationInvalid(f"[home] notify-webhook: {error}; it is such as http://192.168.1.10:8080/alert") from error
    return (*((Command(command),) if command else ()), *hooks)
