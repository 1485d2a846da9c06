"""Commands for what a device does not let be set though its kind does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from tests.home.kit import DEVICE, House, Stub, command, done, ended, kettle, living, states, write

WITHHELD = {"readOnly": True, "hl:reason": "a dial at its side"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


@pytest.mark.parametrize(
    "asked", [write("mode", "brew"), command(Operation.INVOKE_ACTION, "setAll", {"power": True, "mode": "brew"})], ids=["write", "action"]
)
async def test_what_a_device_does_not_let_be_set_is_refused_with_its_reason_and_never_handed_over(house: House, asked: Command) -> None:
    session = Stub()
    await house.home.attach(kettle(narrowing={"mode": WITHHELD}), session)
    house.report(mode="warm", target=60, power=True)
    run = await house.home.submit(asked)
    assert states(run) == ["rejected"]
    error = run.last.error or {}
    assert (error["code"], error["property"]) == ("read-only", "mode")
    assert "a dial at its side" in error["detail"]
    assert session.got == []


async def test_what_goes_with_an_action_only_is_done_when_the_device_shows_it(house: House) -> None:
    await house.home.attach(kettle(narrowing={"mode": WITHHELD, "setAll/mode": {"readOnly": False}}), Stub(done))
    house.report(mode="warm", target=60, power=True)
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "setAll", {"mode": "brew"}))
    await house.handed()
    assert set(house.home.document(DEVICE)["$"]["pending"]) == {"mode"}
    house.report(mode="brew")
    assert (await ended(run)).state is AckState.COMPLETED
