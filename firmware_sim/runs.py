"""The runs of long actions: their progress in physical time, their stages, and how long they are remembered."""

from collections.abc import Callable, Iterable

from firmware_sim.clock import SimulatorClock
from firmware_sim.invocation import Invocation, Stage
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

REMEMBERED = 600.0
"""Seconds a finished run can still be asked for."""
STRIDE = 5
"""Percent between two stages of the same phase."""


class Runs:
    """Active and lately finished runs by id; `tell` is called for each new stage."""

    def __init__(self, clock: SimulatorClock, tell: Callable[[Invocation, Stage], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._all: dict[str, Invocation] = {}
        self._active: dict[str, Procedure] = {}
        self._ended: dict[str, float] = {}

    def known(self, id: str) -> Invocation | None:
        """Return a run that is active or not forgotten yet."""
        self._forget()
        return self._all.get(id)

    def busy(self, action: str) -> bool:
        """Whether a run of this action is active."""
        return any(self._all[run].action == action for run in self._active)

    def enter(self, id: str, action: str) -> Invocation:
        """Make a run; its first stage follows by `start` or `end`."""
        self._all[id] = Invocation(id, action)
        return self._all[id]

    def drop(self, id: str) -> None:
        """Forget a run that was refused."""
        del self._all[id]

    def start(self, id: str, procedure: Procedure) -> None:
        """Let a long action begin."""
        procedure.identifier = id
        self._active[id] = procedure
        self._push(id, self._progress(procedure))

    def end(self, id: str, stage: Stage) -> None:
        """Give a run its terminal stage."""
        self._close(id)
        self._push(id, stage)

    def step(self, seconds: float) -> None:
        """Let physical time pass for the active runs."""
        for procedure in self._active.values():
            procedure.step(seconds)

    def collect(self) -> list[tuple[str, Stage]]:
        """Return what the last steps brought, ends included; to be published once the state shows it."""
        stages = ((run, self._news(run, procedure)) for run, procedure in tuple(self._active.items()))
        return [(run, stage) for run, stage in stages if stage is not None]

    def publish(self, stages: Iterable[tuple[str, Stage]]) -> None:
        """Push collected stages."""
        for run, stage in stages:
            self._push(run, stage)

    def _news(self, run: str, procedure: Procedure) -> Stage | None:
        if procedure.failure is not None:
            return self._failed(run, procedure, procedure.failure)
        if procedure.done:
            self._close(run)
            return Stage("completed", procedure.phase, 100, 0, procedure.finish("done"))
        return self._progress(procedure) if self._moved(self._all[run].last, procedure) else None

    def cancel(self, id: str) -> Stage:
        """Stop a run on request; return its last stage, to be published."""
        procedure = self._active[id]
        stage = self._progress(procedure)
        self._close(id)
        return Stage("cancelled", stage.phase, stage.percent, None, procedure.finish("cancelled"))

    def abort(self, reason: str) -> None:
        """Fail everything that is active."""
        self.publish([(run, self._failed(run, procedure, reason)) for run, procedure in tuple(self._active.items())])

    def active(self, id: str) -> bool:
        """Whether a run is still going on."""
        return id in self._active

    def _failed(self, run: str, procedure: Procedure, reason: str) -> Stage:
        stage = self._progress(procedure)
        self._close(run)
        error = Refusal("device-error", reason).document()
        return Stage("failed", stage.phase, stage.percent, None, procedure.finish("failed"), error)

    def _close(self, run: str) -> None:
        self._active.pop(run, None)
        self._ended[run] = self._clock.steady()

    def _progress(self, procedure: Procedure) -> Stage:
        return Stage("running", procedure.phase, procedure.percent, round(procedure.remaining / self._clock.speed))

    def _moved(self, last: Stage, procedure: Procedure) -> bool:
        return procedure.phase != last.phase or procedure.percent >= (last.percent or 0) + STRIDE

    def _push(self, id: str, stage: Stage) -> None:
        self._all[id].push(stage)
        self._tell(self._all[id], stage)

    def _forget(self) -> None:
        limit = self._clock.steady() - REMEMBERED
        for run in [run for run, ended in self._ended.items() if ended < limit]:
            del self._ended[run], self._all[run]
