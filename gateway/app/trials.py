"""Conformance runs on behalf of a browser: `hulian conformance` in a process of its own, one at a time, the last few kept.

The judge stays outside, as always: it is started as a person would start it, tells each verdict as a line of JSON, and leaves its
report in a folder.
"""

import asyncio
import contextlib
import json
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from gateway.errors import BadSyntax, StateConflict, Unknown
from gateway.thing.clock import Clock
from gateway.thing.identifier import new_identifier
from gateway.thing.log import Log
from gateway.thing.timestamp import iso

KEPT: Final = 5
MOST_VERDICTS: Final = 500
LONGEST: Final = 1800.0
"""Seconds of one run."""
STOPPING: Final = 5.0
LINE_LIMIT: Final = 1 << 20
FOLDER: Final = "conformance"
FILES: Final = {"html": "report.html", "junit": "junit.xml", "jsonl": "verdicts.jsonl"}
_log = Log()


@dataclass
class ChildTrial:
    """One run. `state`: running, ended, failed or stopped; `said`: its lines, the newest last; `exit`: of the process."""

    id: str
    device: str
    folder: Path
    began: float
    process: asyncio.subprocess.Process
    state: str = "running"
    ended: float | None = None
    exit: int | None = None
    trouble: str = ""
    said: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_VERDICTS))

    def document(self) -> dict[str, Any]:
        """Return how it stands."""
        return {
            "id": self.id,
            "device": self.device,
            "state": self.state,
            "began": iso(self.began),
            "ended": None if self.ended is None else iso(self.ended),
            "conformant": None if self.exit is None or self.state != "ended" else self.exit == 0,
            "trouble": self.trouble,
            "said": list(self.said),
            "reports": [form for form in FILES if self.report(form) is not None],
        }

    def report(self, form: str) -> Path | None:
        """Return the file of its report, None while there is none."""
        path = self.folder / FILES[form] if form in FILES else None
        return path if path is not None and path.is_file() else None

    async def stop(self) -> None:
        """End it, as Ctrl-C would: it puts back what it changed."""
        if self.state == "running":
            self.state = "stopped"
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()


class ChildTrials:
    """Starts them; `known(device)`: whether the home has a device. `tasks`: who follows them."""

    def __init__(self, data: Path, clock: Clock, random: Random, known: Callable[[str], bool], tasks: asyncio.TaskGroup) -> None:
        self._data = data
        self._clock = clock
        self._random = random
        self._known = known
        self._tasks = tasks
        self._trials: dict[str, ChildTrial] = {}

    def all(self) -> tuple[ChildTrial, ...]:
        """Return those there are, the newest last."""
        return tuple(self._trials.values())

    def find(self, id: str) -> ChildTrial:
        """Return one; raise Unknown."""
        if (trial := self._trials.get(id)) is None:
            raise Unknown("there is no such conformance run, or no longer")
        return trial

    async def start(self, wish: Mapping[str, Any]) -> ChildTrial:
        """Begin one; raise StateConflict while another goes on, BadSyntax or Unknown for what is wished."""
        device, tests, budget = wish.get("device"), wish.get("tests", ""), wish.get("budget", 120)
        if not isinstance(device, str) or not self._known(device):
            raise Unknown("there is no such device in this home")
        if not isinstance(tests, str) or not all(each.isalnum() or each in ",-." for each in tests) or tests.startswith("-"):
            raise BadSyntax("`tests` is a list of tests with commas, such as D,T,C1")
        if isinstance(budget, bool) or not isinstance(budget, int | float) or not 10 <= budget <= LONGEST:  # noqa: PLR2004 - seconds
            raise BadSyntax(f"`budget` is a number of seconds from 10 to {LONGEST:g}")
        if any(trial.state == "running" for trial in self._trials.values()):
            raise StateConflict("a conformance run goes on: wait for its end, or stop it")
        trial = await self._begun(device, tests, float(budget))
        self._tasks.create_task(self._follow(trial), name=f"conformance {trial.id}")
        return trial

    async def _begun(self, device: str, tests: str, budget: float) -> ChildTrial:
        await asyncio.to_thread(self._make_room)
        name = new_identifier("trial", self._random)
        folder = self._data / FOLDER / name
        words = [device, "--json", "--budget", f"{budget:g}", "--report", str(folder), *(("--tests", tests) if tests else ())]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli.main", "--data", str(self._data), "conformance", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        trial = self._trials[name] = ChildTrial(name, device, folder, self._clock.now(), process)
        return trial

    def _make_room(self) -> None:
        """Forget the oldest, its folder too, and what an earlier life of the hub left."""
        while len(self._trials) >= KEPT:
            del self._trials[next(iter(self._trials))]
        folder = self._data / FOLDER
        for left in folder.iterdir() if folder.is_dir() else ():
            if left.name not in self._trials:
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)

    async def _follow(self, trial: ChildTrial) -> None:
        process = trial.process
        assert process.stdout is not None  # noqa: S101 - it was asked for
        assert process.stderr is not None  # noqa: S101 - likewise
        complaints = asyncio.create_task(process.stderr.read(LINE_LIMIT), name=f"{trial.id}: complaints")
        try:
            async with asyncio.timeout(LONGEST + 60):
                async for line in process.stdout:
                    with contextlib.suppress(ValueError):
                        trial.said.append(json.loads(line))
                trial.exit = await process.wait()
        except (TimeoutError, ValueError) as error:
            trial.trouble = f"it was ended: {error or 'it took too long'}"
        finally:
            if process.returncode is None:
                process.kill()
                trial.exit = await process.wait()
            trial.ended = self._clock.now()
        words = (await complaints).decode(errors="replace").strip()
        if trial.state == "running":
            trial.state = "ended" if trial.exit in (0, 1) else "failed"
            trial.trouble = trial.trouble or ("" if trial.state == "ended" else words[-2000:])
        _log.info("conformance run", id=trial.id, device=trial.device, state=trial.state, exit=trial.exit)


@asynccontextmanager
async def open_trials(data: Path, clock: Clock, random: Random, known: Callable[[str], bool]) -> AsyncIterator[ChildTrials]:
    """Let conformance runs be started for as long as the context lives; whatever runs then ends with it."""
    async with asyncio.TaskGroup() as tasks:
        trials = ChildTrials(data, clock, random, known, tasks)
        try:
            yield trials
        finally:
            for trial in trials.all():
                await trial.stop()
