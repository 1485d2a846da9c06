"""Conformance runs as the hub keeps them: what they say on their way, what is left after a restart, and the certificate of the desk."""

import asyncio
import contextlib
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.app.trial import TrialState, recalled
from gateway.app.trial_certificate import DeskKey
from gateway.app.trial_stage import WIRES, SimulatorWish, free_address, simulator_of, staged, twins_of
from gateway.app.trials import open_trials
from gateway.errors import BadSyntax, CommandError, StateConflict, Unknown
from gateway.protocol.broker.running import usual_kind
from gateway.thing.clock import SystemClock
from gateway.trust.certificate.paper import read_paper
from gateway.trust.certificate.signing_key import read_signing_key
from tests.kit.trials import BEGAN, kept_run

KINDS = frozenset({"plug", "light"})
RUN = {"event": "run", "checks": 3, "facts": {}}


def verdict(outcome: str, subject: str = "appliance", **more: Any) -> dict[str, Any]:
    return {"event": "verdict", "id": "T1", "requirement": "T1", "outcome": outcome, "subject": subject, **more}


def run_of(tmp_path: Path, *lines: Mapping[str, Any]) -> TrialState:
    state = TrialState(id="trial-x", folder=tmp_path / "trial-x", began=BEGAN, simulator={"kind": "plug", "wire": "native", "twin": ""})
    for line in lines:
        state.record.hear(line)
    return state


@contextmanager
def nothing_overlooked(_address: str) -> Iterator[None]:
    yield


def trials_in(data: Path) -> Any:
    return open_trials(data, SystemClock(), Random(1), devices=lambda: ("light-1",), kinds=KINDS, overlook=nothing_overlooked)


def test_a_run_tells_how_far_it_is_and_what_was_found_by_whom_it_is_about(tmp_path: Path) -> None:
    state = run_of(tmp_path, RUN, {"event": "check", "id": "T1", "because": "asked"})
    document = state.document(BEGAN + 5)
    assert (document["checks"], document["done"], document["seconds"]) == (3, 0, 5.0)
    assert document["current"]["id"] == "T1"
    for line in (verdict("passed"), verdict("failed", "gateway", frames=["long"] * 9), {"event": "unheard of"}):
        state.record.hear(line)
    document = state.document(BEGAN + 6)
    assert (document["done"], document["current"]) == (2, None)
    assert document["subjects"] == {"appliance": {"passed": 1}, "gateway": {"failed": 1}}
    assert all("frames" not in line for line in document["said"])


@pytest.mark.parametrize(
    ("state", "end", "there", "why"),
    [
        ("running", {}, True, "running"),
        ("ended", {"standing": "not-conformant"}, True, "failed"),
        ("ended", {"standing": "incomplete"}, True, "incomplete"),
        ("ended", {"standing": "conformant", "stopped": "the time is over"}, True, "incomplete"),
        ("ended", {"standing": "no-verdict"}, True, "noverdict"),
        ("stopped", {}, True, "noverdict"),
        ("failed", {}, True, "noverdict"),
        ("ended", {"standing": "conformant"}, False, "unsaid"),
        ("ended", {"standing": "conformant"}, True, ""),
    ],
)
def test_a_certificate_is_only_for_a_whole_run_without_a_failure(
    tmp_path: Path, state: str, end: dict[str, str], there: bool, why: str
) -> None:
    run = run_of(tmp_path, RUN, *([{"event": "end", **end}] if end else []))
    run.state = state
    run.folder.mkdir()
    if there:
        (run.folder / "run.json").write_text("{}")
    assert run.unsigned() == why


def test_what_ended_is_there_after_a_restart_and_what_did_not_is_gone(tmp_path: Path) -> None:
    state = run_of(tmp_path / "conformance", RUN, verdict("failed"), {"event": "end", "standing": "not-conformant"})
    state.folder.mkdir(parents=True)
    (state.folder / "capsule-T1.json").write_text("{}")
    (state.folder / "broker").mkdir()
    state.write_down("ended", BEGAN + 9)
    again = recalled(state.folder)
    assert again is not None
    document = again.document(BEGAN + 99)
    assert (document["state"], document["seconds"], document["standing"]) == ("ended", 9.0, "not-conformant")
    assert document["reports"] == ["zip"]
    assert not (state.folder / "broker").exists()
    for name, content in (("trial-broken", "{"), ("trial-odd", '{"id": "trial-odd", "lines": 5}'), ("trial-none", None)):
        folder = tmp_path / "conformance" / name
        folder.mkdir()
        if content is not None:
            (folder / "trial.json").write_text(content)

    async def there() -> list[str]:
        async with trials_in(tmp_path) as trials:
            return [trial.id for trial in trials.all()]

    assert asyncio.run(there()) == ["trial-x"]
    assert [each.name for each in (tmp_path / "conformance").iterdir()] == ["trial-x"]


def test_the_desk_signs_once_with_a_key_that_stays_its_own(tmp_path: Path) -> None:
    first, second, key = kept_run(tmp_path, "trial-one"), kept_run(tmp_path, "trial-two"), DeskKey(tmp_path)

    async def signed() -> list[str]:
        twice = await asyncio.gather(key.sign(first, BEGAN), key.sign(first, BEGAN + 1))
        assert twice[0] == twice[1]
        return [twice[0].key, (await DeskKey(tmp_path).sign(second, BEGAN)).key]

    keys = asyncio.run(signed())
    assert keys[0] == keys[1] == read_signing_key(tmp_path / "desk.key").id
    assert stat.S_IMODE((tmp_path / "desk.key").stat().st_mode) == 0o600
    papers = [read_paper((first / "certificate.cose").read_bytes()), read_paper((first / "certificate.jws").read_text().strip().encode())]
    assert all(paper.genuine() for paper in papers)
    assert papers[0].statement.number == papers[1].statement.number
    assert (first / "certificate.png").read_bytes().startswith(b"\x89PNG")
    private = (tmp_path / "desk.key").read_bytes()
    assert all(private not in file.read_bytes() for file in first.iterdir())


def test_a_run_that_is_not_whole_is_not_signed_and_says_why(tmp_path: Path) -> None:
    kept_run(tmp_path, standing="incomplete")

    async def tried() -> None:
        async with trials_in(tmp_path) as trials:
            await trials.find("trial-kept00").sign()

    with pytest.raises(StateConflict, match="not everything"):
        _single(tried)
    assert not (tmp_path / "desk.key").exists()


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({}, BadSyntax),
        ({"device": "light-1", "simulator": {"kind": "plug"}}, BadSyntax),
        ({"device": "light-2"}, Unknown),
        ({"device": ["light-1"]}, Unknown),
        ({"simulator": "plug"}, BadSyntax),
        ({"simulator": {"kind": "plug", "address": "192.0.2.1"}}, BadSyntax),
        ({"simulator": {"kind": "../plug"}}, Unknown),
        ({"simulator": {"kind": "plug", "wire": "midea-v2"}}, Unknown),
        ({"simulator": {"kind": "light", "twin": "no-such-twin"}}, Unknown),
        ({"device": "light-1", "tests": "--sign=/etc/passwd"}, BadSyntax),
        ({"device": "light-1", "budget": True}, BadSyntax),
        ({"device": "light-1", "budget": 1e9}, BadSyntax),
        ({"device": "light-1", "language": "fr"}, BadSyntax),
        ({"device": "light-1", "language": ["en"]}, BadSyntax),
        ({"device": "light-1", "sign": "x"}, BadSyntax),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_started(tmp_path: Path, wish: dict[str, Any], error: type[CommandError]) -> None:
    async def tried() -> None:
        async with trials_in(tmp_path) as trials:
            await trials.start(wish)

    with pytest.raises(error):
        _single(tried)
    assert not (tmp_path / "conformance").exists()


def test_every_twin_that_is_offered_can_be_wished_for() -> None:
    offered = {(wire, name) for wire in WIRES for name in twins_of("plug", wire)}
    assert len(offered) > 100
    for wire, name in offered:
        assert simulator_of({"kind": "plug", "wire": wire, "twin": name}, KINDS).twin == name


def test_addresses_for_simulated_appliances_are_of_loopback_and_outside_of_the_homes_own() -> None:
    found = [free_address(Random(seed)) for seed in range(20)]
    assert all(address.startswith("127.") and not address.startswith("127.0.") for address in found)


@pytest.mark.parametrize("depth", [1, 9])
def test_a_simulated_appliance_is_in_the_hands_of_the_judge_however_deep_the_data_folder_lies(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-folder-of-twenty-6"] * depth)
    folder.mkdir(parents=True)
    wish = SimulatorWish(kind="plug", wire="native-coap", twin="")

    async def asked() -> tuple[Path, bytes]:
        async with staged(wish, "desk-deep", folder, overlook=nothing_overlooked, clock=SystemClock(), random=Random()) as stage:
            control = Path(stage.words[stage.words.index("--control") + 1])
            reader, writer = await asyncio.open_unix_connection(control)
            writer.write(b'{"do": "units"}\n')
            answer = await reader.readline()
            writer.close()
            return control, answer

    control, answer = asyncio.run(asked())
    assert b"desk-deep" in answer
    assert not control.exists()


def test_what_is_tethered_ends_when_nobody_holds_it_any_more() -> None:
    words = [sys.executable, "-m", "gateway.thing.tethered", "http.server", "--bind", "127.0.0.1", "0"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.stdin.close()
    assert process.wait(20) != 0


RUNNER = """
import asyncio, sys
from pathlib import Path
from random import Random
from contextlib import nullcontext
from gateway.app.trials import open_trials
from gateway.thing.clock import SystemClock

async def main():
    data, overlook = Path(sys.argv[1]), lambda address: nullcontext()
    async with open_trials(data, SystemClock(), Random(), devices=tuple, kinds=("fan",), overlook=overlook) as trials:
        trial = await trials.start({"simulator": {"kind": "fan", "wire": "native"}, "tests": "S"})
        while (now := trial.document())["phase"] != "judging" and now["state"] == "running":
            await asyncio.sleep(0.1)
        print(now["phase"] or now, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.long
@pytest.mark.timeout(240)
def test_nothing_is_left_of_a_run_when_the_hub_is_killed_in_the_middle(tmp_path: Path) -> None:
    marked = {**os.environ, "HULIAN_TEST_RUN": str(tmp_path)}  # whatever is started hands it down, and the broker has no other sign
    hub = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=marked)
    assert hub.stdout is not None
    try:
        assert hub.stdout.readline() == "judging\n"
        deadline = time.monotonic() + 30
        started = ("-m firmware_sim.cli ", " gateway.cli.main ", usual_kind())  # the appliance, its judge, the broker between them
        while (missing := [name for name in started if name not in "".join(_marked(tmp_path))]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert missing == []
    finally:
        hub.kill()
        hub.wait()
        hub.stdout.close()
    deadline = time.monotonic() + 60
    while (left := _marked(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def _marked(mark: Path) -> list[str]:
    """Return the command lines of processes that were started with this mark."""
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"HULIAN_TEST_RUN={mark}\0".encode() in (folder / "environ").read_bytes():
                lines.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines


def _single(work: Any) -> None:
    """Run it; what comes out of task groups comes out as the one error it is."""
    try:
        asyncio.run(work())
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
