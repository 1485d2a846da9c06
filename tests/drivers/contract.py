"""What every driver must do, whatever its wire: inherit DriverContract and give it a `bench` fixture.

class TestMyDriver(DriverContract):
    @pytest.fixture
    async def bench(self): ...  # yields a Bench around a simulated appliance
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

from gateway.drivers.spi import Context, Driver, Registration
from gateway.drivers.supervisor import Limits, SessionState, Supervisor
from gateway.errors import BY_CODE, CommandError
from gateway.thing.ack import AckState
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.drivers.kit import RecordingSink, stages, until, write

LIMITS = Limits(open=15.0, refresh=5.0, first_pause=0.1, longest_pause=0.5, retry=0.2, least_gap=0.0)


class Bench(Protocol):
    """A simulated appliance with its driver. `accepted`: a write it does and shows; `refused`: one it refuses."""

    driver: Driver
    registration: Registration
    context: Context
    device: str
    accepted: tuple[str, Value]
    refused: tuple[str, Value]

    async def touch(self) -> tuple[str, Value]:
        """Change something at the appliance; return the property and the value it must show."""
        ...

    async def vanish(self) -> None:
        """Cut it off without a goodbye."""
        ...

    async def come_back(self) -> None:
        """Connect it again."""
        ...

    async def garbage(self) -> None:
        """Send the driver what no appliance would."""
        ...


@asynccontextmanager
async def supervised(bench: Bench, sink: RecordingSink, registration: Registration | None = None) -> AsyncIterator[Supervisor]:
    async with Supervisor(sink, bench.context, lambda _: bench.driver, limits=LIMITS) as supervisor:
        supervisor.add(registration or bench.registration)
        yield supervisor


async def refusal(doing: Awaitable[list[Progress]]) -> Mapping[str, Any]:
    """Return the error object of a command that is refused, whether by an exception or by its last stage."""
    try:
        last = (await doing)[-1]
    except CommandError as error:
        return error.document()
    assert last.state in {AckState.REJECTED, AckState.FAILED}
    return last.error or {}


class DriverContract:
    async def test_it_is_attached_with_its_kind_and_reports_a_whole_state(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device), "a report")
            description = sink.descriptions[bench.device]
            assert description.id == bench.device
            assert bench.context.library.model(description.kind).instance(description)
            await until(lambda: any(report.complete for report in sink.reports), "a complete report")

    async def test_reported_values_fit_the_profile(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: any(report.complete for report in sink.reports), "a complete report")
            description = sink.descriptions[bench.device]
            instance = bench.context.library.model(description.kind).instance(description)
            for name, value in sink.values[bench.device].items():
                instance.check_value(name, value)

    async def test_what_changes_at_the_appliance_is_reported(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device), "a report")
            name, value = await bench.touch()
            await until(lambda: sink.values[bench.device].get(name) == value, f"{name} becomes {value}")

    async def test_a_write_is_done_and_shown(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device), "a report")
            name, value = bench.accepted
            assert sink.values[bench.device][name] != value
            done = await stages(sink.sessions[bench.device], write(bench.device, name, value))
            assert [stage.state for stage in done if stage.state.terminal] == [AckState.COMPLETED]
            assert done[-1].state.terminal
            await until(lambda: sink.values[bench.device].get(name) == value, f"{name} becomes {value}")

    async def test_a_refused_write_says_why_and_changes_nothing(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device), "a report")
            name, value = bench.refused
            error = await refusal(stages(sink.sessions[bench.device], write(bench.device, name, value)))
            assert error["code"] in BY_CODE
            assert error["detail"]
            assert sink.values[bench.device].get(name) != value

    async def test_when_it_vanishes_it_is_offline_with_a_reason_and_then_it_comes_back(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device) and sink.online.get(bench.device), "online")
            await bench.vanish()
            await until(lambda: not sink.online[bench.device], "offline", 50.0)
            assert sink.reasons[bench.device]
            await bench.come_back()
            await until(lambda: sink.online[bench.device], "online again", 50.0)
            name, value = await bench.touch()
            await until(lambda: sink.values[bench.device].get(name) == value, "it reports again")

    async def test_a_unit_that_is_away_from_the_start_comes_when_it_comes(self, bench: Bench) -> None:
        sink = RecordingSink()
        await bench.vanish()
        async with supervised(bench, sink) as supervisor:
            await asyncio.sleep(0.3)
            assert not sink.online.get(bench.device)
            assert supervisor.status()[0].state in SessionState
            await bench.come_back()
            await until(lambda: sink.online.get(bench.device) and sink.values.get(bench.device), "online", 50.0)

    async def test_garbage_does_not_end_the_conversation(self, bench: Bench) -> None:
        sink = RecordingSink()
        async with supervised(bench, sink):
            await until(lambda: sink.values.get(bench.device), "a report")
            await bench.garbage()
            name, value = await bench.touch()
            await until(lambda: sink.values[bench.device].get(name) == value, "it still reports")

    async def test_an_address_where_nobody_answers_attaches_nothing(self, bench: Bench) -> None:
        sink = RecordingSink()
        nobody = replace(bench.registration, key="nobody-1", address="127.255.254.253", port=9, facts={"coap": "1"})
        async with supervised(bench, sink, nobody) as supervisor:
            await until(lambda: supervisor.status()[0].reason, "a reason")
            assert sink.attached == []
