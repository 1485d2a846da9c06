"""The contract on what a session leaves behind, and on how many conversations a unit is asked for."""

import asyncio
import gc
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from gateway.drivers.spi import Polled, Pushed
from gateway.thing.report import Report
from tests.drivers.contract_bench import Bench, watched
from tests.drivers.contract_network import lives
from tests.drivers.contract_relay import Relay
from tests.drivers.contract_terms import Terms, check
from tests.drivers.kit import until

TURNS = 20


class Living(Terms):
    """What a driver owes to the program it lives in, and to the unit."""

    @check("nothing left behind", long=True)
    async def test_opening_and_closing_leaves_no_task_and_no_socket(self, bench: Bench) -> None:
        await one_turn(bench)
        await asyncio.sleep(0.1)
        tasks, files = running(), open_files()
        for _ in range(TURNS):
            await one_turn(bench)
        gc.collect()
        await until(lambda: open_files() <= files, f"no more than {files} files are open")
        await until(lambda: running() <= tasks, f"no more than {tasks} tasks are left")

    @check("connections", long=True)
    async def test_a_unit_is_never_asked_for_more_connections_than_it_allows(self, bench: Bench) -> None:
        async with Relay(bench.network.address, bench.registration.port) as relay:
            registration = replace(bench.registration, address=relay.address)
            async with watched(bench, registration) as house:
                await house.whole()
                for turn in range(5):
                    facts = {**registration.facts, "turn": str(turn)}
                    house.supervisor.moved(registration.driver, registration.key, relay.address, relay.port, facts)
                    await house.later(lambda turn=turn: len(house.sink.attached) == turn + 2, "opened again")  # type: ignore[misc]
                await lives(house)
            assert 1 <= relay.most <= self.connections


async def one_turn(bench: Bench) -> None:
    """Open a session, hear its first report, and close it."""
    heard: asyncio.Queue[Report] = asyncio.Queue()
    async with bench.driver.open(bench.registration, bench.context) as session, asyncio.timeout(20):
        if isinstance(session, Pushed):
            session.push(heard.put_nowait)
            await heard.get()
            return
        if isinstance(session, Polled):
            await session.refresh()
        async with aclosing(session.reports()) as reports:  # type: ignore[type-var]
            await anext(reports)


def running() -> int:
    """Return how many tasks there are, but for the answers a simulated CoAP server holds ready for who observed it."""
    return sum(not task.get_name().startswith("Rendering for") for task in asyncio.all_tasks())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
