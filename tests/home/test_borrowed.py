"""A standard property that a device has and its kind does not, and a vendor's own one, live in the home like any other."""

from pathlib import Path
from typing import Any

from gateway.thing.command import Operation
from gateway.thing.description import Description
from gateway.thing.report import Report
from tests.home.kit import House, Obedient, command, ended, living
from tests.home.links_kit import LIBRARY

ADDITIONS: dict[str, dict[str, Any]] = {
    "properties": {
        "voltage": {"tm:ref": "./mixin-energy-1.yaml#/properties/voltage", "maximum": 250},
        "powerLimit": {"tm:ref": "./mixin-energy-1.yaml#/properties/powerLimit", "maximum": 60},
        "x-acme-tint": {"type": "number", "unit": "K", "minimum": 0, "maximum": 10},
    },
    "actions": {"resetConsumable": {"tm:ref": "./mixin-consumables-1.yaml#/actions/resetConsumable"}},
}


async def lamp(house: House) -> Obedient:
    session = Obedient()
    session.home = house.home
    await house.home.attach(Description(id="lamp-1", kind="light", additions=ADDITIONS), session)
    house.home.report(Report(device="lamp-1", values={"power": True, "voltage": 229.5, "powerLimit": 0, "x-acme-tint": 3}))
    return session


async def test_it_is_reported_checked_and_told(tmp_path: Path) -> None:
    async with living(tmp_path, library=LIBRARY) as house:
        await lamp(house)
        house.home.report(Report(device="lamp-1", values={"voltage": 251, "x-acme-tint": 11}))
        state = house.home.document("lamp-1")
        assert (state["voltage"], state["powerLimit"], state["x-acme-tint"]) == (229.5, 0, 3)
        td = house.home.thing_description("lamp-1").document
        assert td["properties"]["voltage"]["hl:mixin"] == "mixin-energy-1"
        assert (td["properties"]["voltage"]["maximum"], td["properties"]["voltage"]["unit"]) == (250, "V")
        assert td["properties"]["x-acme-tint"]["hl:danger"] == 1


async def test_it_is_written_and_refused_by_the_same_rules(tmp_path: Path) -> None:
    async with living(tmp_path, library=LIBRARY) as house:
        session = await lamp(house)
        seen = {}
        for name, value in (("powerLimit", 40), ("powerLimit", 61), ("voltage", 230), ("x-acme-tint", 4), ("x-acme-tint", 11)):
            ack = await ended(await house.home.submit(command(Operation.WRITE_PROPERTY, name, value, device="lamp-1")))
            seen[name, value] = ack.error["code"] if ack.error is not None else ack.state.value
        assert seen == {
            ("powerLimit", 40): "completed",
            ("powerLimit", 61): "schema",
            ("voltage", 230): "read-only",
            ("x-acme-tint", 4): "completed",
            ("x-acme-tint", 11): "schema",
        }
        assert [(each.name, each.input) for each in session.got] == [("powerLimit", 40), ("x-acme-tint", 4)]


async def test_a_home_that_starts_again_still_has_it(tmp_path: Path) -> None:
    async with living(tmp_path, library=LIBRARY) as house:
        await lamp(house)
    async with living(tmp_path, library=LIBRARY) as house:
        assert house.home.twin("lamp-1").instance.properties["voltage"].unit == "V"
