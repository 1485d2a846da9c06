"""Conformance runs on behalf of a browser: `hulian conformance` in a process of its own, one at a time, the last few kept on disk.

The judge stays outside, as always: it is started as a person would start it, tells each verdict as a line of JSON, and leaves its
report in a folder. It judges a device of this home, or an appliance that is simulated for the run (`trial_stage`).
"""

import asyncio
import contextlib
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from gateway.app.trial import TrialState, recalled
from gateway.app.trial_certificate import DeskKey, Signed
from gateway.app.trial_stage import WIRES, Overlook, SimulatorWish, simulator_of, staged, twins_of
from gateway.errors import BadSyntax, HulianError, StateConflict, Unknown
from gateway.thing.clock import Clock
from gateway.thing.identifier import new_identifier
from gateway.thing.log import Log

KEPT: Final = 5
LONGEST: Final = 1800.0
"""Seconds of one run."""
STOPPING: Final = 25.0
"""Seconds the judge may take to put back what it changed."""
LINE_LIMIT: Final = 1 << 22
WORDS: Final = 2000
FOLDER: Final = "conformance"
MEMBERS: Final = frozenset({"device", "simulator", "tests", "budget", "language"})
LANGUAGES: Final = {"en": "en", "zh-Hans": "zh"}
_log = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be judged, and how: a device of the home, or a simulated appliance."""

    device: str
    simulator: SimulatorWish | None
    tests: str
    budget: float
    language: str

    def words(self) -> tuple[str, ...]:
        """Return what the judge is told of it."""
        return ("--budget", f"{self.budget:g}", "--lang", LANGUAGES[self.language], *(("--tests", self.tests) if self.tests else ()))


class ChildTrial:
    """One run of this life of the hub, or of an earlier one."""

    def __init__(self, state: TrialState, clock: Clock, key: DeskKey) -> None:
        self.id = state.id
        self.now = state
        self.stopping = asyncio.Event()
        self._clock = clock
        self._key = key

    def document(self) -> dict[str, Any]:
        """Return how it stands, with what its certificate says where there is one."""
        return self.now.document(self._clock.now()) | {"certificate": self._key.told(self.now.folder)}

    def report(self, form: str) -> Path | None:
        """Return the file of its report, capsules or certificate in a form, None while there is none."""
        return self.now.report(form)

    async def sign(self) -> Signed:
        """Sign its certificate with this hub's key, once; raise StateConflict where there can be none, ExtraMissing."""
        if why := self.now.unsigned():
            raise StateConflict(f"there is no certificate of this run: {_WHY_NOT[why]}")
        return await self._key.sign(self.now.folder, self._clock.now())

    async def stop(self) -> None:
        """End it, as Ctrl-C would: it puts back what it changed."""
        if self.now.state == "running":
            self.now.phase = "ending"
            self.stopping.set()


_WHY_NOT: Final = {
    "running": "it goes on",
    "failed": "something failed",
    "noverdict": "it has no verdict",
    "incomplete": "not everything that is asked of this appliance was tried",
    "unsaid": "the appliance does not say its maker or model",
}


class ChildTrials:
    """Starts them. `devices()`: those of the home; `kinds`: of the standard; `overlook`: what has the hub not see a simulated appliance."""

    def __init__(
        self,
        data: Path,
        clock: Clock,
        random: Random,
        *,
        devices: Callable[[], Iterable[str]],
        kinds: Iterable[str],
        overlook: Overlook,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._data = data
        self._clock = clock
        self._random = random
        self._devices = devices
        self._kinds = frozenset(kinds)
        self._overlook = overlook
        self._tasks = tasks
        self._key = DeskKey(data)
        self._trials: dict[str, ChildTrial] = {}
        self._starting = asyncio.Lock()

    async def recall(self) -> None:
        """Find again what earlier lives of the hub have left, and clear away what they could not."""
        for state in await asyncio.to_thread(_left_in, self._data / FOLDER):
            self._trials[state.id] = ChildTrial(state, self._clock, self._key)

    def all(self) -> tuple[ChildTrial, ...]:
        """Return those there are, the newest last."""
        return tuple(self._trials.values())

    def find(self, id: str) -> ChildTrial:
        """Return one; raise Unknown."""
        if (trial := self._trials.get(id)) is None:
            raise Unknown("there is no such conformance run, or no longer")
        return trial

    async def offers(self, kind: str, wire: str) -> dict[str, dict[str, Any]]:
        """Return the bad twins that can be simulated of a kind over a wire; raise Unknown."""
        if kind not in self._kinds or wire not in WIRES:
            raise Unknown(f"there is no such kind, or the wire is none of {', '.join(WIRES)}")
        return await asyncio.to_thread(twins_of, kind, wire)

    async def start(self, wish: Mapping[str, Any]) -> ChildTrial:
        """Begin one; raise StateConflict while another goes on, BadSyntax or Unknown for what is wished."""
        wanted = await self._read(wish)
        async with self._starting:
            if any(trial.now.state == "running" for trial in self._trials.values()):
                raise StateConflict("a conformance run goes on: wait for its end, or stop it")
            name = new_identifier("trial", self._random)
            folder = self._data / FOLDER / name
            await asyncio.to_thread(self._make_room, folder)
            simulator = None if wanted.simulator is None else wanted.simulator.document()
            began, language = self._clock.now(), wanted.language
            state = TrialState(id=name, folder=folder, began=began, device=wanted.device, simulator=simulator, language=language)
            trial = self._trials[name] = ChildTrial(state, self._clock, self._key)
        self._tasks.create_task(self._run(trial, wanted), name=f"conformance {name}")
        return trial

    async def _read(self, wish: Mapping[str, Any]) -> Wish:
        device, tests, budget = wish.get("device", ""), wish.get("tests", ""), wish.get("budget", 120)
        if wish.keys() - MEMBERS or ("device" in wish) == ("simulator" in wish):
            raise BadSyntax(f"name either `device` or `simulator`; besides there may be {', '.join(sorted(MEMBERS))}")
        simulator = None
        if "simulator" in wish:
            simulator = await asyncio.to_thread(simulator_of, wish["simulator"], self._kinds)
        elif not isinstance(device, str) or device not in self._devices():
            raise Unknown("there is no such device in this home")
        if not isinstance(tests, str) or not all(each.isalnum() or each in ",-." for each in tests) or tests.startswith("-"):
            raise BadSyntax("`tests` is a list of tests with commas, such as D,T,C1")
        if isinstance(budget, bool) or not isinstance(budget, int | float) or not 10 <= budget <= LONGEST:  # noqa: PLR2004 - seconds
            raise BadSyntax(f"`budget` is a number of seconds from 10 to {LONGEST:g}")
        language = wish.get("language", "en")
        if not isinstance(language, str) or language not in LANGUAGES:
            raise BadSyntax(f"`language` is one of {', '.join(LANGUAGES)}")
        return Wish(device=device, simulator=simulator, tests=tests, budget=float(budget), language=language)

    def _make_room(self, folder: Path) -> None:
        """Forget the oldest, its folder too, and make one for the next; for a thread."""
        while len(self._trials) >= KEPT:
            shutil.rmtree(self._trials.pop(next(iter(self._trials))).now.folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)

    async def _run(self, trial: ChildTrial, wish: Wish) -> None:
        state, came = trial.now, "stopped"
        try:
            async with AsyncExitStack() as stack:
                words = await self._stage(stack, trial, wish)
                if not trial.stopping.is_set():
                    state.phase = "judging"
                    came = await self._judged(trial, (*words, *wish.words()))
        except HulianError as error:
            came, state.trouble = "failed", str(error)[-WORDS:]
        state.phase, ended = "ending", self._clock.now()
        with contextlib.suppress(OSError):  # it is still told from memory
            await asyncio.to_thread(state.write_down, came, ended)
        state.state, state.ended = came, ended
        _log.info("conformance run", id=trial.id, device=state.device, state=state.state, exit=state.exit)

    async def _stage(self, stack: AsyncExitStack, trial: ChildTrial, wish: Wish) -> tuple[str, ...]:
        """Return what is judged, as the judge is told; a simulated one runs from now on, and its end ends the run."""
        if wish.simulator is None:
            return (wish.device,)
        entering = staged(
            wish.simulator,
            f"desk-{trial.id.rpartition('-')[2]}",
            trial.now.folder,
            overlook=self._overlook,
            clock=self._clock,
            random=self._random,
        )
        stage = await stack.enter_async_context(entering)
        watching = asyncio.create_task(self._watch(trial, stage.simulator.process), name=f"{trial.id}: simulator")
        stack.callback(watching.cancel)
        return stage.words

    async def _watch(self, trial: ChildTrial, process: Process) -> None:
        code = await process.wait()
        trial.now.trouble = f"the simulated appliance ended in the middle of the run (exit code {code})"
        trial.stopping.set()

    async def _judged(self, trial: ChildTrial, words: Iterable[str]) -> str:
        """Have it judged, hear what the judge says until it has ended, and return how: ended, failed or stopped."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.thing.tethered", "gateway.cli.main", "--data", str(self._data), "conformance", *words),
            *("--json", "--report", str(trial.now.folder)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        assert process.stderr is not None  # noqa: S101 - it was asked for
        complaints = asyncio.create_task(process.stderr.read(LINE_LIMIT), name=f"{trial.id}: complaints")
        ending = asyncio.create_task(_ended_when(trial.stopping, process), name=f"{trial.id}: ending")
        try:
            async with asyncio.timeout(LONGEST + 60):
                await _heard(trial.now, process)
                trial.now.exit = await process.wait()
        except (TimeoutError, ValueError) as error:
            trial.now.trouble = f"it was ended: {error or 'it took too long'}"
        finally:
            ending.cancel()
            if process.returncode is None:
                process.kill()
                trial.now.exit = await process.wait()
        return _settled(trial, (await complaints).decode(errors="replace").strip())


async def _heard(state: TrialState, process: Process) -> None:
    if process.stdout is not None:
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                state.record.hear(json.loads(line))


async def _ended_when(stopping: asyncio.Event, process: Process) -> None:
    """End the judge once that is asked for, with force where it does not."""
    await stopping.wait()
    if process.stdin is not None:
        process.stdin.close()  # what it holds on to
    try:
        async with asyncio.timeout(STOPPING):
            await process.wait()
    except TimeoutError:
        process.kill()


def _settled(trial: ChildTrial, words: str) -> str:
    """Return how a run has ended whose judge is gone, and say why there is no verdict where there is none."""
    state = trial.now
    if trial.stopping.is_set() and not state.trouble:
        return "stopped"
    if state.record.end is not None and not state.trouble:
        return "ended"
    code = state.exit or 0
    gone = f"the judge was ended by signal {-code}" if code < 0 else f"the judge ended with exit code {code}"
    state.trouble = state.trouble or words[-WORDS:] or gone
    return "failed"


def _left_in(folder: Path) -> list[TrialState]:
    """Return what is kept, the newest last; what never ended is removed. For a thread."""
    found = {each: recalled(each) for each in folder.iterdir()} if folder.is_dir() else {}
    for each in (each for each, state in found.items() if state is None):
        shutil.rmtree(each, ignore_errors=True)
    return sorted((state for state in found.values() if state is not None), key=lambda state: state.began)[-KEPT:]


@asynccontextmanager
async def open_trials(
    data: Path, clock: Clock, random: Random, *, devices: Callable[[], Iterable[str]], kinds: Iterable[str], overlook: Overlook
) -> AsyncIterator[ChildTrials]:
    """Let conformance runs be started for as long as the context lives; whatever runs then ends with it."""
    async with asyncio.TaskGroup() as tasks:
        trials = ChildTrials(data, clock, random, devices=devices, kinds=kinds, overlook=overlook, tasks=tasks)
        await trials.recall()
        try:
            yield trials
        finally:
            for trial in trials.all():
                await trial.stop()
