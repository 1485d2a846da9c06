"""Properties that hold for all inputs, tried on a live target: Hypothesis in a thread of its own, every example on the loop.

The smallest input that fails is kept as plain JSON, so that a capsule can try just that one again.
"""

import asyncio
import time
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final

from gateway.conformance.failure import Defect, Failure, Untried
from gateway.errors import ExtraMissing

SHRINK: Final = 40.0
"""Seconds after the first failure within which a smaller one is looked for."""
EXAMPLE: Final = 120.0
"""Seconds one input may take."""
Holds = Callable[[Any], Awaitable[None]]


class Trial:
    """One run over many inputs. `until`: monotonic time after which no further one is tried; `given`: inputs to try instead of new ones."""

    def __init__(self, seed: int, most: int, until: float, given: list[Any] | None = None) -> None:
        self.seed = seed
        self.most = most
        self.tried = 0
        self.failing: Any = None
        self._until = until
        self._given = given
        self._failed_at: float | None = None
        self._known: dict[str, Failure] = {}
        self._over = False

    async def run(self, strategy: Any, holds: Holds) -> None:
        """Raise the Failure of the smallest input found for which `holds` raises one."""
        for value in self._given or ():
            self.tried += 1
            try:
                await holds(value)
            except Failure:
                self.failing = value
                raise
        if self._given is not None:
            return
        loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self._search, strategy, lambda value: self._once(value, holds, loop))
        finally:
            self._over = True  # the thread may be in the middle of an input

    def _search(self, strategy: Any, once: Callable[[Any], None]) -> None:
        try:
            hypothesis: Any = import_module("hypothesis")
        except ModuleNotFoundError as error:
            raise ExtraMissing("generated tests need the extra `conformance`: pip install 'hulian[conformance]'") from error
        settings = hypothesis.settings(
            max_examples=self.most,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            verbosity=hypothesis.Verbosity.quiet,
        )

        def holds(value: Any) -> None:
            once(value)

        search: Any = settings(hypothesis.given(strategy)(holds))
        try:
            with warnings.catch_warnings():  # others use the random module while we draw: Hypothesis takes that for us
                warnings.simplefilter("ignore", hypothesis.errors.HypothesisDeprecationWarning)
                hypothesis.seed(self.seed)(search)()
        except hypothesis.errors.Unsatisfiable as error:
            raise Untried("no input can be drawn for it from this description") from error
        except hypothesis.errors.HypothesisException as error:
            if isinstance(error, ExceptionGroup):  # what failed once and not again: the failure is in it
                raise next((each for each in error.exceptions if isinstance(each, Failure)), error) from error
            raise Defect(f"the search for inputs broke: {error!r}") from error

    def _once(self, value: Any, holds: Holds, loop: asyncio.AbstractEventLoop) -> None:
        """Try one input; one that failed before fails again untried, and when the time is over no new one is tried but the first."""
        key = repr(value)
        if (known := self._known.get(key)) is not None:
            self.failing = value
            raise known
        if self._over or (self.tried and time.monotonic() > (self._until if self._failed_at is None else self._failed_at + SHRINK)):
            return  # a check that tried nothing would pass whatever it judges
        self.tried += 1
        try:
            asyncio.run_coroutine_threadsafe(_bounded(holds, value), loop).result()
        except Failure as failure:
            self._failed_at = self._failed_at or time.monotonic()
            self._known[key] = failure
            self.failing = value
            raise


async def _bounded(holds: Holds, value: Any) -> None:
    async with asyncio.timeout(EXAMPLE):
        await holds(value)
