"""What is carried over reconnects: a session that ends in the very moment a command's time is over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.drivers.supervisor.carried import Carried
from gateway.drivers.supervisor.limits import Limits
from gateway.errors import CommandError
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.drivers.kit import write


class Dying:
    """Lets every command run out of time, and closes as it does."""

    def __init__(self, carried: Carried) -> None:
        self.carried = carried

    def describe(self) -> tuple[Description, ...]:
        return ()

    async def reports(self) -> AsyncIterator[Report]:
        return
        yield

    async def execute(self, _: Command) -> AsyncIterator[Progress]:
        try:
            await asyncio.Event().wait()
        finally:
            self.carried.closed("gone in the same moment")
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, _: str) -> None:
        return


async def test_a_session_may_close_while_a_command_runs_out_of_time() -> None:
    carried = Carried("test", "key", replace(Limits(), answer=0.01))
    carried.opened(Dying(carried), ())
    with pytest.raises(CommandError, match="gone in the same moment"):
        async for _ in carried.execute(write("lamp", "power", True)):
            pass
