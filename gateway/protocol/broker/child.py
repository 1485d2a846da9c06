"""A child process that never outlives us, however we go.

The child holds the read end of a pipe whose write end only we hold. When we end (even by kill -9) it reads the end of the
pipe and stops. amqtt's process watches the pipe itself; mosquitto cannot, so two lines of shell do it for it. The kernel's
parent-death signal was not taken: it is forgotten when mosquitto drops its root rights, it is bound to a thread, and setting
it needs Python code between fork and exec, which is not safe beside other threads.
"""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock
from gateway.thing.log import Log

_log = Log()

WATCHED: Final = """
ulimit -n "$(ulimit -Hn)" 2>/dev/null
ulimit -v "$1" 2>/dev/null
shift
exec 3<&0
"$@" </dev/null 3<&- & broker=$!
{ read -r _ <&3; kill "$broker"; } 2>/dev/null & watch=$!
echo "$broker"
wait "$broker"; code=$?
kill "$watch" 2>/dev/null
exit "$code"
"""
"""Shell that runs its arguments but the first until they end or its input does; it prints their process id first.

It lets them open as many files as the machine allows, for each client of the broker is one, and gives them so many KiB of memory as
the first says.
"""

_STOPPING_SECONDS = 5.0
_CHUNK = 4096


def watched(*command: str, memory: int) -> tuple[str, ...]:
    """Return the command, run under a shell that ends it with us; `memory`: bytes of address space it gets."""
    return ("/bin/sh", "-c", WATCHED, "hulian-broker", str(memory // 1024), *command)


class Child:
    """A running child; the first line it prints is the process id of the broker."""

    def __init__(self, process: Process, clock: Clock, hear: Callable[[str], bool]) -> None:
        self.pid = 0
        self._hear = hear
        self._process = process
        self._said: deque[str] = deque(maxlen=5)
        self._heard = Sparsely(_log, clock)

    @classmethod
    async def start(
        cls, command: tuple[str, ...], clock: Clock, hear: Callable[[str], bool], *, folder: Path | None = None, **variables: str
    ) -> "Child":
        """Start `command` in `folder` and in a session of its own, so that Ctrl-C reaches only us; `variables` of the environment.

        `hear` is called with each line it says on stderr, and answers whether it is worth keeping.
        """
        environment = {**os.environ, **variables}
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True, cwd=folder, env=environment
        )
        return cls(process, clock, hear)

    @property
    def alive(self) -> bool:
        """Return whether it still runs."""
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        """Return the end of what it said on stderr."""
        return "; ".join(self._said)

    async def listen(self) -> None:
        """Take down what it says until it has ended, and collect it."""
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        assert self._process.stderr is not None  # noqa: S101
        first = await self._process.stdout.readline()
        self.pid = int(first) if first.strip().isdigit() else 0
        rest = b""
        while said := await self._process.stderr.read(_CHUNK):
            *lines, rest = (rest + said).split(b"\n")
            for line in lines:
                self._take_down(line)
            rest = rest[-_CHUNK:]
        self._take_down(rest)
        await self._process.wait()

    def _take_down(self, said: bytes) -> None:
        line = said.decode(errors="replace").strip()
        if line and self._hear(line):
            self._said.append(line)
            self._heard.warning("broker says", line=line)

    async def wait(self) -> int:
        """Return its exit code, once it has ended."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Close the pipe; kill what is left of its session after five seconds."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOPPING_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
