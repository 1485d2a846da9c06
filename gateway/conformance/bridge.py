"""Between pytest, which knows no loop, and a target that stays open: a thread with a loop, and one check after the other on it."""

import asyncio
import secrets
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from gateway.conformance.credentials import read_credentials
from gateway.conformance.line import Transport
from gateway.conformance.order import Order, Ready, concluded, prepared
from gateway.conformance.report.folder import write_report
from gateway.conformance.report.told import text
from gateway.conformance.run import Course
from gateway.conformance.selection import Selected
from gateway.conformance.target import Target
from gateway.conformance.verdict import Outcome, Verdict
from gateway.errors import HulianError
from gateway.profile.library import Library

TRANSPORTS: Final = {"mqtt": (Transport.MQTT,), "coap": (Transport.COAP,), "both": (Transport.MQTT, Transport.COAP)}
_Result = TypeVar("_Result")


class Found(AssertionError):
    """A check failed; its text is the whole failure."""


class BridgeBroken(HulianError):
    """The target cannot be judged at all."""


class Bridge:
    """One target for one session of pytest. `option`: the options of the plugin."""

    def __init__(self, option: Any) -> None:
        self._option = option
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hulian conformance", daemon=True)
        self._stack = AsyncExitStack()
        self._verdicts: list[Verdict] = []
        self.selection: tuple[Selected, ...] = ()

    def open(self) -> None:
        """Open the target and choose the checks; raise BridgeBroken where that cannot be."""
        self._thread.start()
        try:
            self._order = self._ordered()
            self._course = self._await(self._begun())
        except HulianError as error:
            self._end()
            raise BridgeBroken(f"--hulian-target: {error}") from error
        self.selection = tuple(self._course.rest)

    def run(self, chosen: Selected) -> None:
        """Run one check; raise pytest's Skipped, or Found."""
        verdict = self._await(self._course.next(chosen))
        self._verdicts.append(verdict)
        match verdict.outcome:
            case Outcome.SKIPPED:
                pytest.skip(f"skipped because {verdict.because}")
            case Outcome.FAILED | Outcome.ERRORED:
                raise Found(text(verdict))

    def close(self) -> None:
        """Close the target, and write the report."""
        if not self._thread.is_alive():
            return
        result = concluded(self._order, self._ready, self._verdicts)
        self._await(self._stack.aclose())
        self._end()
        if self._option.hulian_report:
            write_report(Path(self._option.hulian_report), result)

    async def _begun(self) -> Course:
        self._ready: Ready = await prepared(self._order, self._stack)
        return await self._ready.runner.begun(self._ready.selection)

    def _ordered(self) -> Order:
        said = self._option
        credentials = None if not said.hulian_credentials else read_credentials(Path(said.hulian_credentials))
        name, transports = said.hulian_target, TRANSPORTS[said.hulian_transport]
        return Order(
            target=Target(name=name, library=Library(), claim=said.hulian_claim, transports=transports, credentials=credentials),
            seed=secrets.randbits(32) if said.hulian_seed is None else said.hulian_seed,
            tests=tuple(word.strip() for word in said.hulian_tests.split(",") if word.strip()),
            budget=said.hulian_budget,
            control=None if not said.hulian_control else Path(said.hulian_control),
            unit=said.hulian_unit,
            real=said.hulian_real_time,
        )

    def _await(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
