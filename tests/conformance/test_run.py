"""A run goes on whatever a check, a target or a person does: every check gets a verdict, and only what was seen is said."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.bench import Bench
from gateway.conformance.budget import dear, ordered, share
from gateway.conformance.check import Check, check
from gateway.conformance.checks.network import RELAYED
from gateway.conformance.checks.table import checks
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.frames import Frames
from gateway.conformance.line import Transport
from gateway.conformance.restoring import settings
from gateway.conformance.run import STOPPED, Runner, missing
from gateway.conformance.selection import Selected, selected
from gateway.conformance.target import Target, opened
from gateway.conformance.thing import Thing
from gateway.conformance.verdict import Outcome, Verdict
from gateway.profile.library import Library
from tests.conformance.results import skipped, verdict
from tests.conformance.stand import Stand, stand

LIBRARY = Library()


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("appliance")) as made:
        yield made


@asynccontextmanager
async def runner(made: Stand, **facts: Any) -> AsyncIterator[Runner]:
    frames = Frames(asyncio.get_running_loop().time)
    async with opened(Target(name=made.target, library=LIBRARY), frames) as found:
        yield Runner(thing=found.thing, lines=found.lines, frames=frames, seed=1, **facts)


def chosen(*tried: Check, **facts: Any) -> list[Selected]:
    return [Selected(each, Transport.COAP, "it is asked", **facts) for each in tried]


@check("C2", "named")
async def named(bench: Bench) -> None:
    """It notes an id in the report of the run."""
    raise Failure("told", came=bench.new_id("x"))


async def test_a_run_with_the_same_seed_uses_other_ids(appliance: Stand) -> None:
    """Ids are known for ten minutes: an id of the seed would make every write of the second run a repeated one."""
    async with runner(appliance) as one:
        told = [verdict.came for _ in range(2) for verdict in await one.run(chosen(named))]
    assert len(set(told)) == 2


@check("E4", "fine")
async def fine(bench: Bench) -> None:
    """It reads."""
    await bench.line.state()


@check("E4", "broken")
async def broken(_: Bench) -> None:
    """It finds something."""
    raise Failure("better", sent=1, came=2)


@check("E4", "grouped")
async def grouped(_: Bench) -> None:
    """It finds something inside of a task group."""
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(30))
        group.create_task(broken.run(_))


@check("E4", "untried")
async def untried(_: Bench) -> None:
    """It cannot be tried."""
    raise Untried("there is nothing to write")


@check("E4", "apart")
async def apart(_: Bench) -> None:
    """It is not about this one."""
    raise NotAsked("it has no lid")


@check("E4", "ours")
async def ours(bench: Bench) -> None:
    """It has a mistake of ours."""
    bench.extras["nothing"].append(1)


@check("E4", "cancelled")
async def cancelled(_: Bench) -> None:
    """It ends itself."""
    raise asyncio.CancelledError


@check("E4", "stubborn")
async def stubborn(_: Bench) -> None:
    """It hangs, and hangs on when it is told to end."""
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(60)


@check("E4", "moves")
async def moves(bench: Bench) -> None:
    """It leaves the power otherwise."""
    await bench.write("power", not (await bench.line.state())["power"])


async def test_each_way_to_end_has_its_verdict(appliance: Stand) -> None:
    async with runner(appliance) as run:
        verdicts = await run.run(chosen(fine, broken, grouped, untried, apart, ours, cancelled))
    assert [(each.name, each.outcome, each.asked) for each in verdicts] == [
        ("E4.fine", Outcome.PASSED, True),
        ("E4.broken", Outcome.FAILED, True),
        ("E4.grouped", Outcome.FAILED, True),
        ("E4.untried", Outcome.SKIPPED, True),
        ("E4.apart", Outcome.SKIPPED, False),
        ("E4.ours", Outcome.ERRORED, True),
        ("E4.cancelled", Outcome.ERRORED, True),
    ]
    assert (verdicts[1].expected, verdicts[1].sent, verdicts[1].came) == ("better", 1, 2)
    assert "KeyError" in str(verdicts[5].came)


async def test_a_check_that_hangs_is_a_finding_and_the_next_one_runs(appliance: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.conformance.run.DEADLINE", 0.1)
    monkeypatch.setattr("gateway.conformance.run.LEAVES", 0.1)
    async with runner(appliance, real=0.0) as run:
        verdicts = await run.run(chosen(stubborn, untried))
    assert [each.outcome for each in verdicts] == [Outcome.FAILED, Outcome.SKIPPED]
    assert verdicts[0].expected == "an end within 0.1 s"


async def test_a_stop_gives_a_verdict_on_all_the_rest(appliance: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.conformance.run.LEAVES", 0.1)
    stop = asyncio.Event()

    def tell(told: object) -> None:
        if isinstance(told, Selected) and told.check is stubborn:
            stop.set()

    async with runner(appliance, stop=stop, tell=tell) as run:
        verdicts = await run.run(chosen(fine, stubborn, fine, broken))
    assert [each.outcome for each in verdicts] == [Outcome.PASSED, *[Outcome.SKIPPED] * 3]
    assert [each.because for each in verdicts[2:]] == [STOPPED, STOPPED]


async def test_a_target_that_dies_is_found_once_and_the_rest_is_skipped_because_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.conformance.run.PATIENCE", 0.0)
    with stand(tmp_path) as made:

        @check("E4", "kills")
        async def kills(bench: Bench) -> None:
            """It is the last thing the appliance hears."""
            made.vanish()
            monkeypatch.setattr("gateway.conformance.pulse.ANSWER", 0.3)  # from now on there is none
            async with asyncio.timeout(0.3):
                await bench.line.state()

        @check("E4", "deadly")
        async def deadly(bench: Bench) -> None:
            """It finds that nothing comes."""
            try:
                await kills.run(bench)
            except TimeoutError:
                raise Failure("an answer") from None

        async with runner(made) as run:
            verdicts = await run.run(chosen(fine, deadly, fine, broken))
    assert [each.outcome for each in verdicts] == [Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.SKIPPED]
    assert verdicts[1].gone
    assert {each.because for each in verdicts[2:]} == {"nothing answers over coap any more, since E4.deadly"}
    assert all(each.asked for each in verdicts[2:])


async def test_what_a_check_left_otherwise_is_put_back(appliance: Stand) -> None:
    async with runner(appliance) as run:
        line = run.lines[Transport.COAP]
        before = await settings(line, run.thing)
        assert (await run.run(chosen(moves)))[0].outcome is Outcome.PASSED
        assert await settings(line, run.thing) == before


async def test_a_budget_breaks_off_what_takes_longer_and_calls_it_skipped(appliance: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.conformance.run.LEAVES", 0.1)
    async with runner(appliance, budget=30.0) as run:
        found = await run.one(chosen(stubborn)[0], 0.1, longest=0.1)
    assert (found.outcome, found.because) == (Outcome.SKIPPED, "the budget ended in the middle of it")


def costing(*seconds: float) -> list[Selected]:
    return chosen(*(check("E4", f"{each:g}", seconds=each)(fine.run) for each in seconds))


def test_a_budget_runs_the_cheap_checks_in_their_order_and_the_dear_ones_after_them() -> None:
    assert [each.check.seconds for each in ordered(10, costing(9, 1, 30, 2, 3))] == [1, 2, 3, 9, 30]


def test_what_is_left_over_is_shared_by_what_is_still_affordable() -> None:
    assert share(10, costing(1, 2, 30)) == pytest.approx(1 + 7 / 2)
    assert share(1, costing(2)) == 1
    assert dear(costing(2)[0], 1.5)
    assert not dear(costing(2)[0], 2)


def thing(**members: Any) -> Thing:
    return Thing(b"", LIBRARY, td={"hl:kind": "plug", **members})


FORM = {"op": "readallproperties", "href": "coap://192.0.2.7/d/self/s"}


def test_a_transport_it_never_had_is_not_asked_and_one_that_was_left_out_is() -> None:
    both = thing(forms=[FORM, FORM | {"href": "mqtt://192.0.2.1/hulian/1/a/self/s"}])
    mqtt = check("E4", "mqtt", on=Transport.MQTT)(fine.run)
    (never,) = selected([mqtt], thing(forms=[FORM]), (Transport.COAP,), frozenset())
    (left_out,) = selected([mqtt], both, (Transport.COAP,), frozenset())
    assert (never.skip, never.asked) == ("it has no mqtt", False)
    assert (left_out.skip, left_out.asked) == ("it is not judged over mqtt in this run", True)


def test_whoever_has_no_hands_for_its_network_is_told_the_same_wherever_it_is_looked_up() -> None:
    """Over CoAP the judge's own relay judges R2; over MQTT nobody else can lose anything."""
    (bad,) = [each for each in checks() if each.name == "R2.hands"]
    both = thing(forms=[FORM, {"href": "mqtt://192.0.2.7/hulian/1/x/self/s"}])
    for hands in (frozenset[str](), frozenset({"power"})):
        found = {each.transport: each for each in selected([bad], both, (Transport.MQTT, Transport.COAP), hands)}
        assert (found[Transport.COAP].skip, found[Transport.COAP].asked) == (RELAYED, False)
        assert found[Transport.MQTT].asked
        assert "network" in found[Transport.MQTT].skip


def test_what_does_not_apply_is_not_asked_even_where_hands_are_missing() -> None:
    lid = check("E4", "lid", hands=("touch",), applies=lambda _: "it has no lid")(fine.run)
    (found,) = selected([lid], thing(forms=[FORM]), (Transport.COAP,), frozenset())
    assert (found.skip, found.asked) == ("it has no lid", False)


def test_a_description_nobody_can_read_skips_the_check_and_stops_nothing() -> None:
    odd = check("E4", "odd", applies=lambda found: found.properties["x"]["y"])(fine.run)
    (found,) = selected([odd], thing(forms=[FORM]), (Transport.COAP,), frozenset())
    assert "cannot be told" in found.skip
    assert found.asked


def test_a_mandatory_requirement_is_missing_where_a_part_of_it_was_not_tried() -> None:
    verdicts: list[Verdict] = [verdict("S4.grows"), skipped("S4.boots"), verdict("E4"), skipped("C5", asked=False)]
    assert missing(verdicts, {"S4", "E4", "C5", "T1", "D1"}) == ("T1", "S4")
