"""A body with one temperature: it warms by watts and loses heat to its surroundings."""

import math

ROOM = 22.0
"""Degrees Celsius around an appliance in a kitchen."""
NEVER = 7200.0
"""Seconds told for what cannot be reached: long, but a number."""


class Lump:
    """`capacity` in J/K, `loss` in W/K; solved exactly, so that the length of a step does not matter."""

    def __init__(self, capacity: float, loss: float, temperature: float = ROOM) -> None:
        self.capacity = capacity
        self.loss = loss
        self.temperature = temperature

    def heat(self, watts: float, seconds: float, around: float = ROOM) -> None:
        """Let time pass with so much heat put in."""
        end = around + watts / self.loss
        self.temperature = end + (self.temperature - end) * math.exp(-self.loss * seconds / self.capacity)

    def mix(self, capacity: float, temperature: float) -> None:
        """Take in matter (J/K at its temperature), such as cold water; a negative `capacity` lets some of it go."""
        if capacity > 0:
            self.temperature = (self.capacity * self.temperature + capacity * temperature) / (self.capacity + capacity)
        self.capacity += capacity

    def time_to(self, target: float, watts: float, around: float = ROOM) -> float:
        """Return the seconds until it is as hot as `target`: 0 when it is, NEVER when it will not be."""
        if self.temperature >= target:
            return 0.0
        end = around + watts / self.loss
        if end <= target:
            return NEVER
        return min(NEVER, self.capacity / self.loss * math.log((end - self.temperature) / (end - target)))
