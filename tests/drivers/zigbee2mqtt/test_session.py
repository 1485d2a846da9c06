"""Sessions with simulated devices behind a bridge."""

from gateway.thing.ack import AckState
from gateway.thing.value import Value
from tests.drivers.kit import stages, until, write
from tests.drivers.zigbee2mqtt.conftest import Home, Hub


async def do(home: Home, name: str, value: Value) -> AckState:
    return (await stages(home.sink.sessions[home.device], write(home.device, name, value)))[-1].state


async def test_a_plug_is_found_shown_and_switched(place: Hub) -> None:
    unit = await place.unit("plug", id="plug", name="kitchen/plug")
    registration = await place.find("kitchen/plug")
    assert registration.key.startswith("0x")
    assert "kitchen" not in str(registration.facts)
    async with place.home(registration) as home:
        await home.whole()
        assert home.sink.descriptions[home.device].kind == "plug"
        print(home.sink.descriptions[home.device])
        print(home.values)
        assert home.values["power"] is True
        assert await do(home, "power", False) is AckState.COMPLETED
        assert unit.appliance.values()["power"] is False
        await until(lambda: home.values["power"] is False, "it is shown")
