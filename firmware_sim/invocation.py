"""One run of an action: the stages it has been through, and a way to wait for those to come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

TERMINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a run stands: `state` is running, completed, failed or cancelled; `remaining` in seconds; `error` the error object."""

    state: str
    phase: str | None = None
    percent: int | None = None
    remaining: int | None = None
    output: Any = None
    error: dict[str, Any] | None = None

    @property
    def terminal(self) -> bool:
        """Whether no further stage follows."""
        return self.state in TERMINAL


class Invocation:
    """A run of `action`; a short action is terminal as soon as `invoke` returns."""

    def __init__(self, identifier: str, action: str) -> None:
        self.id = identifier
        self.action = action
        self._stages: list[Stage] = []
        self._moved = asyncio.Event()

    @property
    def last(self) -> Stage:
        """The latest stage."""
        return self._stages[-1]

    def push(self, stage: Stage) -> None:
        """Add a stage and wake those who wait."""
        self._stages.append(stage)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def stages(self) -> AsyncIterator[Stage]:
        """Yield every stage from the first to the terminal one, waiting for those to come."""
        seen = 0
        while True:
            moved = self._moved
            while seen < len(self._stages):
                stage = self._stages[seen]
                seen += 1
                yield stage
                if stage.terminal:
                    return
            if moved is self._moved:
                await moved.wait()
