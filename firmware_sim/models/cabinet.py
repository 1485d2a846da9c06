"""One compartment of a refrigerator: air with the liner, food behind it, walls and a door around it."""

DOOR_CONDUCTANCE = 25.0
"""W/K through an open door."""
AIR_TO_FOOD = 25.0
"""W/K between air and food."""


class Cabinet:
    """Temperatures in Cel; `air` and `food` are heat capacities in J/K, `wall` the conductance in W/K."""

    def __init__(self, start: float, *, air: float, food: float, wall: float) -> None:
        self.air_capacity = air
        self.food_capacity = food
        self.wall = wall
        self.air = start
        self.food = start
        self.open = False
        self.open_seconds = 0.0

    def step(self, seconds: float, heat: float, ambient: float) -> None:
        """Let `heat` watts flow in (negative: taken out) while the surroundings have `ambient` Cel."""
        conductance = self.wall + (DOOR_CONDUCTANCE if self.open else 0.0)
        to_food = AIR_TO_FOOD * (self.air - self.food)
        self.air += (conductance * (ambient - self.air) - to_food + heat) * seconds / self.air_capacity
        self.food += to_food * seconds / self.food_capacity
        self.open_seconds = self.open_seconds + seconds if self.open else 0.0
