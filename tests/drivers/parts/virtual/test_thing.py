"""What nobody may do from afar nobody may do by light, whatever the codes could say."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.drivers.parts.virtual.library import codes_of
from gateway.drivers.parts.virtual.notebook import Plan
from gateway.drivers.parts.virtual.thing import VirtualThing
from gateway.errors import Forbidden
from gateway.thing.command import Command
from tests.drivers.kit import LIBRARY, invoke, write, write_many

DANGEROUS = SimpleNamespace(name="power", read_only=False, withheld=False, danger=3)
HARMLESS = SimpleNamespace(name="power", read_only=False, withheld=False, danger=2)


def thing(monkeypatch: pytest.MonkeyPatch, body: Any) -> VirtualThing:
    made = VirtualThing(
        Plan(id="ac-1", kind="air-conditioner", codes="climate-8"),
        lambda: codes_of("climate-8", "air-conditioner", {}, LIBRARY),
        {},
        LIBRARY,
    )
    monkeypatch.setattr(made, "instance", lambda: SimpleNamespace(properties={"power": body}, actions={"setComfort": body}))
    return made


ORDERS = [write("ac-1", "power", True), write_many("ac-1", {"power": True}), invoke("ac-1", "setComfort", {"power": True})]


@pytest.mark.parametrize("command", ORDERS, ids=lambda command: cast("Command", command).operation.value)
def test_what_nobody_may_do_from_afar_is_refused_here_too(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden, match="from afar"):
        thing(monkeypatch, DANGEROUS).order(command)
    assert thing(monkeypatch, HARMLESS).order(command).bursts
