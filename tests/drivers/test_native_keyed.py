"""An appliance that was let in is spoken to under its key, and never again in clear, whoever stands at its address."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.wire import WIRES
from gateway.drivers.native import DRIVER, coap_line
from gateway.drivers.spi import SearchContext, Sighting
from gateway.drivers.supervisor import SessionState, Supervisor
from gateway.thing.ack import AckState
from tests.drivers.contract import Bench, DriverContract, supervised
from tests.drivers.contract_terms import MARK
from tests.drivers.keyed import HOST, Keeper, Tapped, appliance, keeper
from tests.drivers.kit import RecordingSink, stages, until, write
from tests.drivers.native_bench import NativeBench
from tests.drivers.test_native import DATAGRAMS, FOUND, SLOW, UNHURRIED
from tests.kit.addresses import address
from tests.kit.pairing import MemoryTable

PLUG = "plug-7f3k2m"
WORDS = (PLUG.encode(), b"power", b"self", b"hl:kind", b"schemaVersion")


@pytest.fixture(autouse=True)
def hurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if (checked := request.node.get_closest_marker(MARK)) is None or checked.args[0] not in UNHURRIED:
        monkeypatch.setattr(coap_line, "_SILENCE", 0.5)
        monkeypatch.setattr(coap_line, "_PATIENCE", 2.0)
    monkeypatch.setitem(WIRES, "native-coap", ("native_coap",))  # nobody needs an announcement here, which takes a second


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def kept(stack: AsyncExitStack) -> Keeper:
    return await stack.enter_async_context(keeper())


@pytest.fixture
async def paired(kept: Keeper, tmp_path: Path, stack: AsyncExitStack) -> NativeBench:
    await kept.let_in(PLUG, tmp_path / "keys")
    return await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys"))


@pytest.mark.long
class TestUnderAKey(DriverContract):
    driver = "native"
    wire = "native-coap"
    kind = "plug"
    lacks = FOUND | DATAGRAMS | SLOW

    @pytest.fixture
    async def bench(self, kept: Keeper, tmp_path: Path, stack: AsyncExitStack) -> Bench:
        await kept.let_in(PLUG, tmp_path / "keys")
        return await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys", address=address(), port=None))


async def seen(sink: RecordingSink, **values: object) -> None:
    await until(lambda: all(sink.values.get(PLUG, {}).get(name) == value for name, value in values.items()), f"the home shows {values}")


def reason(supervisor: Supervisor) -> str:
    (status,) = supervisor.status()
    return status.reason if status.state is SessionState.WAITING else ""


async def overheard(bench: NativeBench) -> list[bytes]:
    """Have its state shown, and it written to and touched; return the words that passed for all to read."""
    sink = RecordingSink()
    async with Tapped(bench.unit.port) as tap, supervised(bench, sink, replace(bench.registration, port=tap.own)):
        await until(lambda: "power" in sink.values.get(PLUG, {}), "its state is shown")
        for power in (False, True):
            (*_, last) = await stages(sink.sessions[PLUG], write(PLUG, "power", power))
            assert last.state is AckState.COMPLETED
            await seen(sink, power=power)
        name, value = await bench.touch()
        await seen(sink, **{name: value})
    assert len(tap.passed) > 20
    return [word for word in WORDS for datagram in tap.passed if word in datagram]


async def test_state_and_commands_pass_and_nobody_on_the_way_can_read_a_word(paired: NativeBench) -> None:
    assert await overheard(paired) == []


async def test_without_a_key_it_speaks_in_clear_as_before(kept: Keeper, stack: AsyncExitStack) -> None:
    assert await overheard(await stack.enter_async_context(appliance(kept.lent, PLUG, None)))


async def test_whoever_answers_in_clear_at_its_address_is_not_believed(kept: Keeper, stack: AsyncExitStack) -> None:
    await kept.let_in(PLUG)
    impostor = await stack.enter_async_context(appliance(kept.lent, PLUG, None))
    sink = RecordingSink()
    async with supervised(impostor, sink) as supervisor:
        await until(lambda: "not taken at its word" in reason(supervisor), "it is not believed")
        assert "pair the appliance again" in reason(supervisor)
    assert not sink.attached


async def test_one_with_another_key_is_refused_with_the_reason(kept: Keeper, tmp_path: Path, stack: AsyncExitStack) -> None:
    old = await kept.let_in(PLUG, tmp_path / "old")
    await kept.clients.revoke(old.id)
    await kept.let_in(PLUG)
    bench = await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "old"))
    sink = RecordingSink()
    async with supervised(bench, sink) as supervisor:
        await until(lambda: "not taken at its word" in reason(supervisor), "it is refused")
    assert not sink.attached


async def test_who_is_put_out_is_offline_at_once_and_never_asked_in_clear(kept: Keeper, tmp_path: Path, stack: AsyncExitStack) -> None:
    client = await kept.let_in(PLUG, tmp_path / "keys")
    bench = await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys"))
    sink = RecordingSink()
    async with Tapped(bench.unit.port) as tap, supervised(bench, sink, replace(bench.registration, port=tap.own)) as supervisor:
        await until(lambda: sink.online.get(PLUG), "it is online")
        await kept.clients.revoke(client.id)
        await until(lambda: sink.online[PLUG] is False, "it is offline", 2.0)
        assert "was put out" in sink.reasons[PLUG]
        passed = len(tap.passed)
        await until(lambda: supervisor.status()[0].attempts > 2, "it was tried again")
        assert "was put out" in reason(supervisor)
        assert [word for word in WORDS for datagram in tap.passed[passed:] if word in datagram] == []
        assert len(tap.passed) - passed <= 1 + len(bench.unit.appliance.surface.events)  # a farewell to each observation


async def test_paired_anew_it_comes_back_under_the_new_key(
    kept: Keeper, tmp_path: Path, paired: NativeBench, stack: AsyncExitStack
) -> None:
    sink = RecordingSink()
    async with supervised(paired, sink) as supervisor:
        await until(lambda: sink.online.get(PLUG), "it is online")
        (client,) = kept.clients.valid()
        await kept.clients.revoke(client.id)
        await until(lambda: "was put out" in sink.reasons.get(PLUG, ""), "it is out")
        await kept.let_in(PLUG, tmp_path / "new")
        fresh = await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "new"))
        supervisor.moved("native", PLUG, HOST, fresh.unit.port or 0, fresh.registration.facts)
        await until(lambda: sink.online[PLUG], "it is back")


async def test_one_that_spoke_in_clear_is_asked_under_its_key_as_soon_as_it_has_one(
    kept: Keeper, tmp_path: Path, stack: AsyncExitStack
) -> None:
    sink = RecordingSink()
    async with AsyncExitStack() as before:
        bench = await before.enter_async_context(appliance(kept.lent, PLUG, None))
        supervisor = await stack.enter_async_context(supervised(bench, sink))
        await until(lambda: sink.online.get(PLUG), "it is online")
        await kept.let_in(PLUG, tmp_path / "keys")
        await until(lambda: sink.online[PLUG] is False, "it is not believed any more", 2.0)
    again = await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys"))
    supervisor.moved("native", PLUG, HOST, again.unit.port or 0, again.registration.facts)
    await until(lambda: sink.online[PLUG], "it is back")


async def test_after_a_crash_of_either_side_it_goes_on(tmp_path: Path, stack: AsyncExitStack) -> None:
    """A crash leaves what was on disk while they spoke: the counters ahead, the windows unknown."""
    disk, sink = MemoryTable(), RecordingSink()
    kept = await stack.enter_async_context(keeper(disk))
    await kept.let_in(PLUG, tmp_path / "keys")
    async with AsyncExitStack() as before:
        bench = await before.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys"))
        await before.enter_async_context(supervised(bench, sink))
        await until(lambda: sink.online.get(PLUG), "it is online")
        left = (tmp_path / "keys/oscore/sequence.json").read_bytes()
        rows = {name: dict(row) for name, row in disk.rows.items()}
    assert b"unknown" in left
    assert [row["window"] for row in rows.values()] == [None]
    (tmp_path / "keys/oscore/sequence.json").write_bytes(left)
    disk.rows = rows
    bench = await stack.enter_async_context(appliance(kept.lent, PLUG, tmp_path / "keys"))
    async with supervised(bench, RecordingSink()) as supervisor:
        await until(lambda: supervisor.status()[0].state is SessionState.OPEN, "it is back")
        assert supervisor.status()[0].attempts <= 1


async def test_it_is_found_by_asking_its_address_and_an_impostor_is_not(kept: Keeper, paired: NativeBench, stack: AsyncExitStack) -> None:
    impostor = await stack.enter_async_context(appliance(kept.lent, PLUG, None))
    dropped: list[tuple[str, str]] = []
    places = [f"{HOST}:{bench.unit.port}" for bench in (paired, impostor)]
    wanted = SearchContext(
        interfaces=(), unicast=tuple(places), context=kept.lent, asked=lambda *_: None, dropped=lambda *what: dropped.append(what)
    )
    assert DRIVER.search is not None
    found: list[Sighting] = [sighting async for sighting in DRIVER.search(wanted)]
    assert [(sighting.name, sighting.port) for sighting in found] == [(PLUG, paired.unit.port)]
    assert found[0].facts["k"] == "plug"
    ((place, why),) = dropped
    assert place == places[1]
    assert "not taken at its word" in why
