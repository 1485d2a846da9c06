"""Hot water in layers: warm water rises, cold water comes in below, and everything slowly loses its heat to the room."""

from collections.abc import Iterator

WATER = 4186.0
"""J/(kg K)."""
LAYERS = 10
STILL = 0.6
"""W/K between two layers that lie quietly on one another."""


class Tank:
    """`volume` in litres, `loss` in W/K for the whole tank; `layers` are temperatures in Cel from the bottom up."""

    def __init__(self, volume: float, loss: float, temperature: float) -> None:
        self.volume = volume
        self.loss = loss
        self.layers = [temperature] * LAYERS

    @property
    def mean(self) -> float:
        """Its temperature if it were stirred."""
        return sum(self.layers) / LAYERS

    @property
    def coldest(self) -> float:
        """Temperature at its coldest place."""
        return min(self.layers)

    @property
    def hottest(self) -> float:
        """Temperature of what comes out of the tap."""
        return self.layers[-1]

    @property
    def sensor(self) -> float:
        """Temperature where the thermostat feels it, at a third of the height."""
        return self.layers[LAYERS // 3]

    def usable(self, temperature: float) -> float:
        """Return the percentage of the water that is at least so warm."""
        return 100 * sum(layer >= temperature for layer in self.layers) / LAYERS

    def heat_to(self, temperature: float) -> float:
        """Return the joules it takes until no layer is colder than that."""
        return sum(max(0.0, temperature - layer) for layer in self.layers) * self._capacity

    @property
    def _capacity(self) -> float:
        return WATER * self.volume / LAYERS

    def step(self, seconds: float, watts: float, room: float) -> None:
        """Heat it at the bottom for some time in a room of `room` Cel; it never boils."""
        flows = [self.loss / LAYERS * (room - layer) for layer in self.layers]
        flows[0] += watts
        for below, above in _neighbours():
            rising = STILL * (self.layers[above] - self.layers[below])
            flows[below] += rising
            flows[above] -= rising
        self.layers = [min(99.0, layer + flow * seconds / self._capacity) for layer, flow in zip(self.layers, flows, strict=True)]
        self._rise()

    def draw(self, litres: float, inlet: float) -> float:
        """Let water out at the top while cold water comes in below; return the joules taken out above the inlet's temperature."""
        taken = 0.0
        while litres > 0:
            piece = min(litres, 0.5 * self.volume / LAYERS)
            taken += piece * WATER * (self.hottest - inlet)
            share = piece / (self.volume / LAYERS)
            below = [inlet, *self.layers[:-1]]
            self.layers = [layer + share * (lower - layer) for layer, lower in zip(self.layers, below, strict=True)]
            litres -= piece
        return taken

    def refill(self, temperature: float) -> None:
        """Fill it anew."""
        self.layers = [temperature] * LAYERS

    def _rise(self) -> None:
        """Stir every layer that is warmer than what lies above it with as much of that as it takes."""
        pools: list[tuple[float, int]] = []
        for layer in self.layers:
            warmth, count = layer, 1
            while pools and pools[-1][0] > warmth:
                below, below_count = pools.pop()
                warmth = (warmth * count + below * below_count) / (count + below_count)
                count += below_count
            pools.append((warmth, count))
        self.layers = [warmth for warmth, count in pools for _ in range(count)]


def _neighbours() -> Iterator[tuple[int, int]]:
    return ((index, index + 1) for index in range(LAYERS - 1))
