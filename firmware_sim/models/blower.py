"""A centrifugal fan that blows into a duct: what it moves and what it draws at a speed.

At full speed the fan gives `pressure` Pa against a shut duct and none at its free flow; the duct and the filter resist with the square of
the flow. By the fan laws flow goes with the speed, pressure with its square and power with its cube, so the point where both curves meet
moves along one parabola.
"""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Blower:
    """Flows in m3/h, pressure in Pa, power in W at full speed and the flow of the best efficiency."""

    free_flow: float
    pressure: float
    efficiency: float
    idle: float

    def flow(self, speed: float, resistance: float) -> float:
        """Return the flow (m3/h) at a speed (0..1) into a resistance (Pa at 1000 m3/h)."""
        stiffness = resistance / 1000**2 + self.pressure / self.free_flow**2
        return speed * sqrt(self.pressure / stiffness)

    def lift(self, speed: float, resistance: float) -> float:
        """Return the pressure (Pa) it works against."""
        return resistance * (self.flow(speed, resistance) / 1000) ** 2

    def watts(self, speed: float, resistance: float) -> float:
        """Return the electric power (W): that of the air over an efficiency best in the middle of the curve, and what is lost anyway."""
        if speed <= 0:
            return 0.0
        flow, lift = self.flow(speed, resistance), self.lift(speed, resistance)
        share = flow / (speed * self.free_flow)
        bell = 1 - ((share - BEST) / BEST) ** 2
        return self.idle * speed + flow / 3600 * lift / (self.efficiency * max(0.2, bell))


BEST = 0.58
"""Share of the free flow at which it is most efficient: there flow times pressure is greatest."""
