"""The drum of a washing machine: laundry, water and steel at one temperature, and how fast it turns.

Water is either `absorbed` by the laundry or `free` around it. Laundry takes up `SATURATED` litres a kilogram; spinning leaves what a drum
of that speed cannot throw out. The numbers give a rest of 0.63 l/kg at 1200 and 0.54 l/kg at 1400 turns a minute.
"""

import math

WATER, COTTON, STEEL = 4186.0, 1300.0, 8000.0
"""J/(kg K) of water and of cotton, J/K of drum, tub and heater."""
LOSS = 2.5
"""W/K to the room."""
SATURATED = 2.0
"""Litres a kilogram of laundry holds when it drips."""
SPIN_UP, COAST = 10.0, 20.0
"""Turns a minute gained and lost in a second."""
EXTRACT_SECONDS = 60.0


def rest_after(speed: float) -> float:
    """Litres that a kilogram keeps at a spin speed (1/min)."""
    return 0.38 + (SATURATED - 0.38) * math.exp(-speed / 646)


class Drum:
    """Laundry in kg, water in litres, temperature in Cel, speed in turns a minute."""

    def __init__(self, laundry: float, temperature: float) -> None:
        self.laundry = laundry
        self.temperature = temperature
        self.absorbed = 0.0
        self.free = 0.0
        self.speed = 0.0

    @property
    def water(self) -> float:
        """All water in it, in litres."""
        return self.absorbed + self.free

    @property
    def capacity(self) -> float:
        """Heat it takes to warm everything by a kelvin, in J/K."""
        return WATER * self.water + COTTON * self.laundry + STEEL

    @property
    def moisture(self) -> float:
        """Litres a kilogram of laundry holds; 0 when it is empty."""
        return self.absorbed / self.laundry if self.laundry else 0.0

    def lacking(self, level: float) -> float:
        """Return the litres still to fill until `level` litres stand free around soaked laundry."""
        return max(0.0, SATURATED * self.laundry - self.absorbed) + max(0.0, level - self.free)

    def fill(self, litres: float, temperature: float) -> None:
        """Let water in; the laundry soaks first."""
        heat = self.capacity * self.temperature + WATER * litres * temperature
        soaked = min(litres, max(0.0, SATURATED * self.laundry - self.absorbed))
        self.absorbed += soaked
        self.free += litres - soaked
        self.temperature = heat / self.capacity

    def warm(self, watts: float, seconds: float, room: float) -> None:
        """Heat it, and let it lose heat to a room of `room` Cel; it never boils."""
        flow = watts - LOSS * (self.temperature - room)
        self.temperature = min(99.0, self.temperature + flow * seconds / self.capacity)

    def drain(self, litres: float) -> None:
        """Pump free water out."""
        self.free = max(0.0, self.free - litres)

    def dry(self, litres: float) -> None:
        """Take water out of the laundry as steam."""
        self.absorbed = max(0.0, self.absorbed - litres)

    def turn(self, seconds: float, wanted: float) -> None:
        """Go towards a speed, and throw out the water that does not stay at the present one."""
        if wanted >= self.speed:
            self.speed = min(wanted, self.speed + SPIN_UP * seconds)
        else:
            self.speed = max(wanted, self.speed - COAST * seconds)
        surplus = self.absorbed - rest_after(self.speed) * self.laundry
        if surplus > 0 and self.speed > 0:
            thrown = surplus * min(1.0, seconds / EXTRACT_SECONDS)
            self.absorbed -= thrown
            self.free += thrown

    def change(self, laundry: float, room: float) -> None:
        """Take everything out and put other laundry in, dry and at room temperature; steel and free water keep their heat."""
        rest = WATER * self.free + STEEL
        self.temperature = (rest * self.temperature + COTTON * laundry * room) / (rest + COTTON * laundry)
        self.laundry, self.absorbed = laundry, 0.0
