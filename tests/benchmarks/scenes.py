"""What the hub adds to a scene over its slowest device, where appliances take known times; and how fast scenes are checked."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any, Final

from gateway.thing.command import Command
from gateway.thing.principal import LOCAL
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.home.kit import Obedient
from tests.scenes.kit import Stage, scene, staged

SLOWEST: Final = 0.4
"""Seconds the slowest device takes; the others anything from 0.05 s on."""
OFF: Final[dict[str, Value]] = {"power": False, "brightness": 10}
DOCUMENTS: Final = 1000
_CHECK = """
import json, sys, time
from pathlib import Path
from gateway.scenes.checking import check_files
paths = sorted(Path(sys.argv[1]).glob("*.yaml"))
began = time.perf_counter()
checked = check_files(paths)
print(json.dumps({"s": time.perf_counter() - began, "files": checked.files, "findings": len(checked.findings)}))
"""
_PAGE = """\
scene: evening-{number}
names: {{en: Evening {number}, zh-Hans: 傍晚 {number}}}
parameters:
  warmth: {{type: number, minimum: 16, maximum: 30, default: 18}}
steps:
  - select: {{kind: [light, uhd-tv], room: room-{number}}}
    set: {{power: false}}
  - select: {{kind: air-conditioner, not: {{room: nursery}}}}
    set: {{targetTemperature: {{parameter: warmth}}}}
    deadline: PT20S
    onFail: rollback
  - wait: {{select: {{kind: curtain}}, until: {{position: 0}}}}
    deadline: PT1M
  - delay: PT2S
"""
Row = dict[str, Any]


class Slow(Obedient):
    """Does what it is told after a while of its own."""

    takes = 0.0

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        await asyncio.sleep(self.takes)
        async for progress in super().execute(command):
            yield progress


def measure_scenes(rounds: int) -> Row:
    """Return milliseconds over the slowest device for 20 steps over 12 devices and for 200 devices at once (medians), and the checking."""
    return asyncio.run(_measured(rounds)) | {"check": _checking()}


async def _measured(rounds: int) -> Row:
    steps = [
        {"select": {"id": f"light-{number % 12}"}, "set": {"power": True} if number < 12 else {"brightness": 40}} for number in range(20)
    ]
    return {
        "steps_ms": await _over(12, scene(*steps), rounds),
        "wave_ms": await _over(200, scene({"select": {"kind": "light"}, "set": {"power": True}}), rounds),
    }


async def _over(devices: int, text: str, rounds: int) -> float:
    """Return the median of what a run takes over what its slowest device does, in milliseconds."""
    random = Random(7)
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        async with staged(Path(folder)) as stage:
            for number in range(devices):
                session = Slow()
                session.takes = SLOWEST if number == 0 else random.uniform(0.05, SLOWEST)
                await stage.stand("light", f"light-{number}", session, **OFF)
            name = await stage.keep(text)
            return statistics.median([await _run(stage, name) for _ in range(rounds)])


async def _run(stage: Stage, name: str) -> float:
    began = time.perf_counter()
    report = await stage.scenes.run(name, {}, LOCAL)
    over = (time.perf_counter() - began - SLOWEST) * 1000
    if not report.good:
        raise RuntimeError(f"a device did not do its step: {json.dumps(report.document())[:500]}")
    await stage.scenes.undo(report.id, LOCAL)
    return over


def _checking() -> Row:
    """Return how long a thousand scenes take to be checked, each its own file, by a program that knows no kind yet."""
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        for number in range(DOCUMENTS):
            (Path(folder) / f"{number}.yaml").write_text(_PAGE.format(number=number), encoding="utf-8")
        command = [sys.executable, "-c", _CHECK, folder]
        found: Row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ)).stdout)
        return found
