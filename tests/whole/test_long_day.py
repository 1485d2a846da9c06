"""A virtual day of a home of five makes: networks that go, power that goes, addresses that change, an internet that goes for hours.

The hub's clock and the appliances' are moved on together, so that the day takes minutes. Every loss is made by the simulator; then it is
seen that every device is back within a minute of the hub's own time, that none is there twice, that every command has one end, and that
none was obeyed twice: the appliance itself counts what changed it from afar, and after each command a hand at the appliance undoes it, so
that whoever says it again is counted.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import eventually, program
from tests.kit.hosts import needs_hosts
from tests.kit.island import Island, island
from tests.kit.makes import MAKES

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(1800)]

WIRES = ("midea-v2", "midea-v3", "gree", "miio", "echonet")
EACH = 2
RETURN = 60.0
REAL_LOSS = 15.0
STEP, BREATH = 3.0, 0.3
"""How far the clocks are moved at once while a return is timed, and the wall's seconds in which it can happen; both count."""
STRIDE, GASP = 60.0, 0.15
"""The same while nothing is expected."""
WAIT, BLINK = 10.0, 0.05
"""The same while something is lost, so that it is missed."""
MISSED = 600.0
"""Seconds after which a unit that is gone is told to be: a wait of one second takes a whole stride here."""
MINUTE, HOUR = 60.0, 3600.0
LEAVES = 9000.0
BY_HAND = 30
ENDS = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
Undo = Callable[[], None]


class Day:
    """The home, its witnesses, and who is counted."""

    def __init__(self, home: Island, folder: Path) -> None:
        self.home = home
        self.chance = Random(5)
        self.devices = home.by_unit()
        self.units = sorted(self.devices)
        self.issued: list[str] = []
        self.returns: list[float] = []
        self.ended: Counter[str] = Counter()
        self._asking = ThreadPoolExecutor(8)
        self._addresses = 100
        self._log = folder / "acks.log"
        self._witness = home.host.start([program("mosquitto_sub"), "-q", "1", "-t", "hulian/1/+/+/ack"], log=self._log)
        time.sleep(1.0)
        for unit in self.units:
            home.simulator(do="touch", unit=unit, set={"power": True, "mode": "cool", "targetTemperature": BY_HAND})

    # Time

    def pass_by(self, seconds: float, stride: float = STRIDE, gasp: float = GASP) -> None:
        """Let time pass in strides."""
        while seconds > 0:
            self.home.advance(min(stride, seconds))
            seconds -= stride
            time.sleep(gasp)

    def all_back(self) -> None:
        """See that every device is back, each once, within a minute of the hub's time."""
        began, moved = time.monotonic(), 0.0
        wanted = set(self.devices.values())
        while not wanted <= (online := self.home.online()):
            passed = moved + time.monotonic() - began
            assert passed <= RETURN, (passed, {name: self.home.devices()[name]["availability"] for name in wanted - online})
            self.home.advance(STEP)
            moved += STEP
            time.sleep(BREATH)
        self.returns.append(moved + time.monotonic() - began)
        assert set(self.home.devices()) == wanted
        inbox = self.home.call("inbox")
        assert Counter(entry["state"] for entry in inbox) == Counter(accepted=len(wanted)), inbox

    # Commands

    def command(self, unit: str, target: int, ttl: float | None = None) -> "Future[dict[str, Any]]":
        """Ask for a target; the end comes when it comes."""
        identifier = f"day-{len(self.issued)}"
        self.issued.append(identifier)
        arguments = {"device": self.devices[unit], "operation": "writeproperty", "name": "targetTemperature", "input": target}
        return self._asking.submit(self.home.call, "command", id=identifier, ttl=ttl, **arguments)

    def obeyed(self, unit: str) -> int:
        return int(self.home.simulator(do="truth", unit=unit)["truth"]["obeyed"].get("targetTemperature", 0))

    def by_hand(self, unit: str) -> None:
        self.home.simulator(do="touch", unit=unit, set={"targetTemperature": BY_HAND})

    def told_to(self, unit: str) -> None:
        """Give a command to a unit that is there: it is done, once."""
        before = self.obeyed(unit)
        end = self.command(unit, self.chance.randint(18, 26)).result(60)
        assert end["state"] == "completed", (unit, json.dumps(end))
        self.by_hand(unit)
        assert self.obeyed(unit) == before + 1

    # What happens

    def silence(self, unit: str) -> Undo:
        self.home.simulator(do="network", unit=unit, silent=True)
        return lambda: self._network(unit, silent=False)

    def blackout(self, unit: str) -> Undo:
        self.home.simulator(do="power", unit=unit, state="off")
        return lambda: self._power(unit)

    def move(self, unit: str) -> Undo:
        self._addresses += 1
        self.home.simulator(do="network", unit=unit, silent=True, address=f"127.0.28.{self._addresses}")
        return lambda: self._network(unit, silent=False)

    def whole_home(self, _unit: str) -> Undo:
        self.home.simulator(do="network", silent=True)
        return lambda: self._network(None, silent=False)

    def noise(self, unit: str) -> Undo:
        self.home.simulator(do="network", unit=unit, loss=0.5, twice=0.3, late=1.0)
        return lambda: self._network(unit, loss=0.0, twice=0.0, late=0.0)

    def _network(self, unit: str | None, **values: Any) -> None:
        self.home.simulator(do="network", **({"unit": unit} if unit else {}), **values)

    def _power(self, unit: str) -> None:
        self.home.simulator(do="power", unit=unit, state="on")
        self.home.simulator(do="touch", unit=unit, set={"power": True, "mode": "cool", "targetTemperature": BY_HAND})

    def loss(self, happening: Callable[[str], Undo], unit: str, minutes: float) -> None:
        """Let something happen to a unit, ask it for something meanwhile, undo it, and see how the home is after it."""
        before = self.obeyed(unit)
        undo = happening(unit)
        asked = self.command(unit, self.chance.randint(18, 26), ttl=self.chance.choice((20.0, 3 * HOUR)))
        time.sleep(0.3)
        self.pass_by(minutes * 60, WAIT, BLINK)
        if minutes * 60 >= MISSED and happening.__name__ != "noise":
            assert self.devices[unit] not in self.home.online(), (unit, happening.__name__, minutes)
        undo()
        self.all_back()
        end = self._ended(asked)
        self.by_hand(unit)
        changes = self.obeyed(unit) - before
        assert changes <= 1, (unit, happening.__name__, end, changes)
        assert changes == 1 or end["state"] != "completed", (unit, happening.__name__, end)
        self.pass_by(MINUTE, WAIT, BREATH)  # one that was about to be given up is opened anew within it
        self.all_back()
        self.told_to(unit)

    def _ended(self, asked: "Future[dict[str, Any]]") -> dict[str, Any]:
        """Return the end of a command; time passes until it comes."""
        for _ in range(200):
            if asked.done():
                break
            self.home.advance(STEP)
            time.sleep(BREATH)
        end = asked.result(30)
        self.ended[end["state"]] += 1
        return end

    def close(self) -> dict[str, list[str]]:
        """Return the ends of each command, as a witness on MQTT heard them."""
        time.sleep(1.0)
        self.home.host.stop(self._witness)
        self._asking.shutdown()
        ends: dict[str, list[str]] = {}
        for line in self._log.read_text().splitlines():
            ack = json.loads(line)
            if ack["state"] in ENDS:
                ends.setdefault(ack["id"], []).append(ack["state"])
        return ends


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Island]:
    numbers = iter(range(2, 250))
    units = [
        MAKES[wire].unit(f"{wire}-{which}", "air-conditioner", f"127.0.28.{number}", number, **({"leaves": LEAVES} if which == "b" else {}))
        for wire in WIRES
        for which, number in zip("ab"[:EACH], numbers, strict=False)
    ]
    with island(tmp_path, units, speed=1.0) as running:
        running.all_online(len(units))
        yield running


def test_a_day_of_losses(home: Island, tmp_path: Path) -> None:
    day = Day(home, tmp_path)
    for unit in day.units:
        day.told_to(unit)
    happenings = (day.silence, day.blackout, day.move, day.noise, day.silence, day.whole_home)
    for number in range(30):
        unit, happening = day.units[number % len(day.units)], happenings[number % len(happenings)]
        day.loss(happening, unit, minutes=day.chance.choice((1, 3, 10, 30)))
        day.pass_by(day.chance.uniform(5, 20) * 60)
    without_internet(day)
    ends = day.close()
    assert set(ends) >= set(day.issued)
    assert {identifier: said for identifier, said in ends.items() if len(said) != 1} == {}
    assert len(day.ended) > 1, "some losses were short enough for a command to wait, and some were not"
    print(f"back after {sorted(round(seconds, 1) for seconds in day.returns)}; asked meanwhile: {dict(day.ended)}")


def test_minutes_of_losses_in_real_time(tmp_path: Path) -> None:
    """What lives on libraries with clocks of their own (MQTT, CoAP, mDNS), and what does not, as long as it takes."""
    units = [
        {"id": f"plug-{wire}", "kind": "plug", "wire": wire, "address": f"127.0.28.{number}"}
        for number, wire in enumerate(("native", "native-coap", "native-mqtt"), 2)
    ]
    units.append(MAKES["gree"].unit("ac-gree", "air-conditioner", "127.0.28.9", 9))
    with island(tmp_path, units, speed=1.0) as home:
        everybody = home.all_online(len(units))
        for undo, do in (
            ({"do": "network", "silent": False}, {"do": "network", "silent": True}),
            ({"do": "power", "state": "on"}, {"do": "power", "state": "off"}),
        ):
            home.simulator(**do)
            eventually(lambda: not home.online(), "all of them are missed", 200)
            time.sleep(REAL_LOSS)
            home.simulator(**undo)
            eventually(lambda: everybody <= home.online(), "all of them are back", RETURN)
            assert set(home.devices()) == everybody
            for device in sorted(everybody):
                wanted = not home.devices()[device]["state"]["power"]
                end = home.call("command", device=device, operation="writeproperty", name="power", input=wanted)
                assert end["state"] == "completed", end


def without_internet(day: Day) -> None:
    """Take the internet away for three hours: some leave the network after two and a half, and all are back as soon as it is."""
    home = day.home
    leaving = {day.devices[unit] for unit in day.units if unit.endswith("-b")}
    home.simulator(do="internet", state="off")
    day.pass_by(LEAVES - HOUR)
    day.all_back()
    day.pass_by(2 * HOUR)
    assert set(day.devices.values()) - home.online() == leaving
    for unit in day.units:
        if unit.endswith("-a"):
            day.told_to(unit)
    home.simulator(do="internet", state="on")
    day.all_back()
    for unit in day.units:
        day.told_to(unit)
