"""The contract itself: an honest driver keeps it, and for each check there is a twin that it must catch."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from firmware_sim.wire import WIRES
from gateway.errors import CommandError
from tests.drivers import contract_bench, contract_network, kit
from tests.drivers.benches import toy_wire
from tests.drivers.benches.toy_driver import Toy, ToySession
from tests.drivers.contract import CHECKS, DriverContract, mistakes
from tests.drivers.contract_bench import simulated
from tests.drivers.contract_twins import TWINS, left

FEATURES = ("MOD", "TMR", "MTR", "MNS", "HRS", "CHL", "IDF")


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WIRES, "toy", ("toy",))
    monkeypatch.setitem(sys.modules, "firmware_sim.wires.toy", toy_wire)


class Honest(DriverContract):
    driver = Toy().record()
    wire = "toy"
    kind = "fan"
    features = FEATURES
    answers: ClassVar = {"key": toy_wire.KEY}
    wrong: ClassVar = {"key": "close-sesame"}
    __test__ = False


@pytest.mark.long
class TestAnHonestDriver(Honest):
    __test__ = True


def test_every_check_catches_somebody() -> None:
    assert {name for name, _ in TWINS} == CHECKS.keys()


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for what a twin never does."""
    monkeypatch.setattr(contract_bench, "PATIENCE", 4.0)
    monkeypatch.setattr(kit, "PATIENCE", 4.0)
    monkeypatch.setattr(contract_network, "SLOWEST", 8.0)


@pytest.fixture
async def _cleared() -> AsyncIterator[None]:
    """Let go of what twins leave behind while their loop still turns: a socket that outlives it is held against any later test."""
    yield
    while left:
        each = left.pop()
        (each.cancel if isinstance(each, asyncio.Task) else each.close)()
    await asyncio.sleep(0.01)


@pytest.mark.long
@pytest.mark.usefixtures("_soon", "_cleared")
@pytest.mark.parametrize(("name", "twin"), TWINS, ids=lambda each: getattr(each, "__name__", each))
async def test_a_driver_that_is_wrong_in_one_way_is_caught(
    name: str, twin: type[Toy | ToySession], caplog: pytest.LogCaptureFixture
) -> None:
    maker = twin() if issubclass(twin, Toy) else Toy()
    if issubclass(twin, ToySession):
        maker.session = twin
    more: dict[str, Any] = {"record_property": lambda *_: None} if name in {"whole", "push"} else {}
    with pytest.raises((AssertionError, BaseExceptionGroup)) as caught:  # noqa: PT012 - one thing: the check, on its bench
        async with simulated(maker.record(), "toy", "fan", features=FEATURES, answers=Honest.answers) as bench:
            await getattr(Honest(), CHECKS[name])(bench, **more)
            assert not mistakes(caplog)
    assert isinstance(_first(caught.value), AssertionError | CommandError | TimeoutError), "it is the check that catches it"


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
