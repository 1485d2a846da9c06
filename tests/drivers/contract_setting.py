"""The contract on commands: every property with every kind of value, evidence for each, refusals in words, and each command once."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BY_CODE, CommandError, ReadOnly
from gateway.thing.ack import AckState
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench, House, refusal, same, watched
from tests.drivers.contract_terms import Terms, check, way_to, withheld, writable
from tests.drivers.kit import until, write, write_many


class Setting(Terms):
    """What a driver owes for a command."""

    @check("every property")
    async def test_every_writable_property_is_set_and_shown(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            refused: set[str] = set()
            for name, values in writable(house.instance).items():
                for value in sorted(values, key=lambda each: same(each, house.values.get(name))):
                    if not await _set(house, name, value):
                        refused.add(name)
            assert not refused, "what this wire cannot write must be described as read-only"
            assert withheld(house.instance) == self.read_only, "what is described as read-only must be declared, and nothing else"

    @check("several at once")
    async def test_several_properties_are_set_in_one_command(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            asked: dict[str, Value] = {}
            for name, values in writable(house.instance).items():
                other = next((value for value in values if not same(value, house.values.get(name))), None)
                if other is not None and name not in self.read_only and way_to(house.instance, dict(house.values), name, other) == []:
                    asked[name] = other
                if len(asked) == 2:
                    break
            assert asked
            assert (await house.do(write_many(house.device, asked))).state is AckState.COMPLETED
            for name, value in asked.items():
                await house.shows(name, value)

    @check("refused")
    async def test_a_value_beyond_the_profile_is_refused_in_words_and_changes_nothing(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            before = bench.appliance.values()
            for name, values in writable(house.instance).items():
                if name in self.read_only:
                    continue
                beyond: Value = "perhaps" if isinstance(values[0], bool | str) else max(values) * 7 + 1000
                error = await refusal(house.write(name, beyond))
                assert error["code"] in BY_CODE, f"{name} = {beyond}"
                assert error["code"] != "device-error", f"{name} = {beyond} came as far as a failure: {error}"
                assert error["detail"]
            after = bench.appliance.values()
            assert {name: after[name] for name in bench.appliance.surface.writable} == {
                name: before[name] for name in bench.appliance.surface.writable
            }

    @check("read-only")
    async def test_what_can_only_be_read_says_so(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            measured = [name for name, each in house.instance.properties.items() if each.read_only and name in house.values]
            for name in sorted({*measured, *self.read_only}):
                error = await refusal(house.write(name, house.values.get(name)))
                assert error["code"] == "read-only", f"{name}: {error}"
                assert error["detail"]
            for name in self.read_only:
                assert house.instance.properties[name].reason, f"{name} is described as read-only, and not why"

    @check("gone in the middle", long=True)
    async def test_a_unit_that_goes_in_the_middle_of_a_command_ends_it_once_and_does_it_once(self, bench: Bench) -> None:
        async with watched(bench) as house:
            await house.whole()
            name, value = something(house)
            counted = _Counted(bench, name, value)
            command = write(house.device, name, value)
            ended = await house.outcome(command)
            await until(lambda: counted.times, "the appliance did what it was told before it went")  # some are answered for by a broker
            assert counted.times == 1
            assert isinstance(ended, CommandError) or ended.terminal
            await house.later(lambda: not house.online, "it is offline")
            bench.network.set(silent=False)
            await house.later(lambda: house.online and same(house.values.get(name), value), "what was done is shown when it is back")
            await house.passes(10.0)
            assert counted.times == 1, "and it is not done again"


async def _set(house: House, name: str, value: Value) -> bool:
    """Set one value, and whatever the profile wants before; return False when the wire says that it cannot be written."""
    way = way_to(house.instance, dict(house.values), name, value)
    assert way is not None, f"{name} can never become {value!r}: then it must not be offered"
    for other, wanted in (*way, (name, value)):
        try:
            done = await house.write(other, wanted)
        except ReadOnly as error:
            return not error.detail  # a refusal without a word counts as none
        assert done.state is AckState.COMPLETED, f"{other} = {wanted!r}"
        await house.shows(other, wanted)
        real = house.bench.appliance.values().get(other)
        assert real is None or same(real, wanted), f"{other} is shown as {wanted!r}, and really is {real!r}"
    return True


def something(house: House) -> tuple[str, Value]:
    """Return a property and another value it may have now: power, where there is such a thing."""
    offered: Mapping[str, list[Value]] = writable(house.instance)
    for name in sorted(offered.keys() - house.bench.read_only, key=lambda name: (name != "power", name)):
        for value in offered[name]:
            if not same(value, house.values.get(name)) and way_to(house.instance, dict(house.values), name, value) == []:
                return name, value
    raise AssertionError("there is nothing to set")


class _Counted:
    """Counts how often the appliance is told to set `name` to `value`; after the first time it is gone from the network."""

    def __init__(self, bench: Bench, name: str, value: Value) -> None:
        self.times = 0
        self._bench = bench
        self._name, self._value = name, value
        self._write = bench.appliance.write
        bench.appliance.write = self.write  # type: ignore[method-assign]

    def write(self, values: Mapping[str, Any], *, confirmed: bool = False) -> None:
        self._write(values, confirmed=confirmed)
        if self._name in values and same(values[self._name], self._value):
            self.times += 1
            self._bench.network.set(silent=True)
