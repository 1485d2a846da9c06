"""A heating thermostat: on below the target, off above it, half a kelvin to each side."""

HYSTERESIS = 0.5


class Thermostat:
    """`heating` is what it asks for."""

    def __init__(self) -> None:
        self.heating = False

    def decide(self, temperature: float, target: float, *, allowed: bool) -> bool:
        """Return whether to heat at `temperature` (Cel); never while not `allowed`."""
        reach = HYSTERESIS if self.heating else -HYSTERESIS
        self.heating = allowed and temperature < target + reach
        return self.heating

    def state(self, *, on: bool) -> str:
        """Return it in the words of `operatingState`."""
        return "off" if not on else "heating" if self.heating else "idle"
