"""One simulated appliance under the judge, on an address and a broker of its own; healthy, or a bad twin."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from firmware_sim.twins.table import twins
from gateway.conformance.checks.table import checks
from gateway.conformance.control import Control, controlled
from gateway.conformance.credentials import Credentials, read_credentials
from gateway.conformance.frames import Frames
from gateway.conformance.run import Runner
from gateway.conformance.selection import Selected, selected
from gateway.conformance.target import Target, opened
from gateway.conformance.verdict import Outcome, Verdict
from gateway.errors import HulianError
from gateway.profile.library import Library
from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address
from tests.protocol.coap.locks import Key, context_folder

READY = 90.0
"""Seconds a simulator may take to answer."""
SMOKE = 5.0
"""Seconds for what is asked besides."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """`twin`: the defect, "" for a healthy one; `ids`: what it is asked, everything where empty; `budget`: seconds, None: all it takes.

    `smoke`: what it is asked besides, within a few seconds. `thorough`: it is asked everything, also after it failed something.
    """

    kind: str
    twin: str = ""
    ids: tuple[str, ...] = ()
    smoke: tuple[str, ...] = ()
    seed: int = 0
    budget: float | None = None
    thorough: bool = True

    @classmethod
    def read(cls, line: str) -> Self:
        """Read what `line()` wrote."""
        told = json.loads(line)
        return cls(**{**told, "ids": tuple(told["ids"]), "smoke": tuple(told["smoke"])})

    @property
    def paired(self) -> bool:
        """Return whether it has to be paired with a hub for its defect to show."""
        return bool(self.twin) and twins()[self.twin].paired

    def line(self) -> str:
        """Return it on one line."""
        return json.dumps(asdict(self))


async def judged(case: Case) -> dict[str, Any]:
    """Return what the judge found, as plain JSON: `failed`, `passed`, `skipped`, `errored` (id to words), `broken`, `seconds`."""
    began = time.monotonic()
    try:
        async with AsyncExitStack() as stack:
            verdicts = await _verdicts(case, stack)
    except (HulianError, OSError, ExceptionGroup) as error:
        return {"broken": repr(error), "seconds": time.monotonic() - began}
    found: dict[str, Any] = {outcome.value: {} for outcome in Outcome}
    for verdict in verdicts:
        found[verdict.outcome.value][verdict.id] = _words(verdict)
    return found | {"seconds": time.monotonic() - began}


def _words(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.SKIPPED:
        return verdict.because
    return "" if verdict.outcome is Outcome.PASSED else f"{verdict.expected}; came {verdict.came!r}"[:300]


async def _verdicts(case: Case, stack: AsyncExitStack) -> list[Verdict]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="twin-")))
    broker = await stack.enter_async_context(private_broker("127.0.0.1", 0, folder / "broker", SystemClock()))
    control, at = folder / "control", address()
    credentials = _paired(folder) if case.paired else None
    wire = ["native", "--broker", f"mqtt://127.0.0.1:{broker.address.port}"] if credentials is None else ["native-coap"]
    keys = [] if credentials is None else ["--credentials", str(folder / "unit")]
    await stack.enter_async_context(_simulated(case, at, ["--wire", *wire, *keys, "--control", str(control)]))
    hands = await stack.enter_async_context(controlled(control))
    frames = Frames(time.monotonic)
    target = Target(name=f"coap://{at}", library=Library(), broker=broker.address, claim=f"{case.kind}@1", credentials=credentials)
    there = await stack.enter_async_context(opened(target, frames))
    stop = asyncio.Event()

    def hear(told: Selected | Verdict) -> None:
        if isinstance(told, Verdict) and told.outcome is Outcome.FAILED and not case.thorough:
            stop.set()

    runner = Runner(
        thing=there.thing,
        lines=there.lines,
        frames=frames,
        seed=case.seed,
        control=hands,
        budget=case.budget,
        tell=hear,
        extras={"broker": broker, "secrets": await _secrets(hands), "credentials": credentials},
        stop=stop,
    )

    def chosen(ids: tuple[str, ...]) -> Iterator[Selected]:
        return selected(checks(), there.thing, tuple(there.lines), hands.abilities, ids)

    verdicts = await runner.run(chosen(case.ids))
    if case.smoke and not any(verdict.gone for verdict in verdicts):
        verdicts += await replace(runner, budget=SMOKE, tell=lambda _: None, stop=None).run(chosen(case.smoke))
    return verdicts


async def _secrets(hands: Control) -> list[str]:
    """Return what nobody may read of the unit, as its maker knows it."""
    truth = (await hands.do("truth")).get("truth", {})
    return [str(word) for word in truth.get("canaries", ())]


def _paired(folder: Path) -> Credentials:
    """Write down both ends of a key: the unit's, and the hub's, which the judge has."""
    key, own = Key(identity="unit"), folder / "judge"
    context_folder(folder / "unit" / "oscore", key)
    own.mkdir()
    ends = {name: getattr(key, name).hex() for name in ("sender_id", "recipient_id", "master_secret", "master_salt")}
    (own / "oscore.json").write_text(json.dumps(ends))
    (own / "connection.json").write_text(json.dumps({"client": "judge"}))
    return read_credentials(own)


@asynccontextmanager
async def _simulated(case: Case, at: str, more: list[str]) -> AsyncIterator[None]:
    """Run a simulator of the case for the length of the block."""
    words = [case.kind, "--address", at, "--with-parent", "--id", f"unit-{at.replace('.', '-')}", *more]
    words += ["--twin", case.twin] if case.twin else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firmware_sim.cli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY):
            if not await process.stdout.readline():
                raise OSError(f"hulian-sim {' '.join(words)} did not start")
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
