"""The program of a washing machine: which step follows which, and when each is over. The machine around it does the work."""

from collections.abc import Sequence
from random import Random

from firmware_sim.models.drum import COAST, SATURATED, SPIN_UP, Drum
from firmware_sim.models.plumbing import INLET, PUMP
from firmware_sim.models.program import Programmed, Step
from firmware_sim.models.recipe import RECIPES, Recipe, eco_temperature
from firmware_sim.models.spin import Spin

LOAD, HEATER_WATTS, DRYER_WATTS = 8.0, 2000.0, 1400.0
"""Rated load in kg; heaters at 220 V."""
COOL = 50.0
"""Cel below which water may go down the drain and the door may open."""
HOT = 60.0
"""Cel above which water is cooled before it goes down the drain."""
STEAM_HEAT = 2.45e6
"""J to evaporate a litre."""
MOISTURE = {"iron": 0.12, "normal": 0.03, "extra": 0.0}
"""Drying -> litres a kilogram may keep."""


class Laundering(Programmed):
    """What a washing machine is about to do with the laundry in its drum."""

    def __init__(self, random: Random, laundry: float, room: float) -> None:
        super().__init__(random)
        self.drum = Drum(laundry, room)
        self.spinning = Spin(self.drum, 0.0, 0.0)
        self.inlet_temperature = random.uniform(12.0, 18.0)
        self._spin_step: Step | None = None

    @property
    def recipe(self) -> Recipe:
        """The chosen program."""
        return RECIPES[self.settings["program"]]

    @property
    def share(self) -> float:
        """How full the drum is, 0..1 and a little."""
        return self.drum.laundry / LOAD

    def target(self) -> float:
        """Return the temperature it washes at; 0 for cold."""
        return eco_temperature(self.share) if self.settings["program"] == "eco" else float(self.settings["waterTemperature"])

    def level(self, phase: str) -> float:
        """Return the free water (litres) a phase stands in."""
        litres = self.recipe.rinse_level if phase == "rinse" else self.recipe.level
        return litres * (0.5 + 0.1 * float(self.settings["waterLevel"]))

    def plan(self) -> Sequence[Step]:
        """Soak, wash, rinse, spin, dry, as the settings stand."""
        steps = [self._drain("rinse" if self.settings["program"] == "rinse-spin" else "wash")]
        if self.settings["soakTime"]:
            steps += [self._fill("soak"), Step("soak", self.settings["soakTime"] * 60.0, task="soak")]
        if self.settings["program"] != "rinse-spin":
            steps += self._washing()
        for number in range(1, 6):
            steps += self._rinsing(number)
        steps += [self._drain("spin"), *self._final_spin()]
        if self.settings["dryLevel"] != "none":
            steps.append(Step("dry", self.drum.laundry * 0.6 * STEAM_HEAT / DRYER_WATTS, task="dry", left=self._dry_left))
        return steps

    def _washing(self) -> list[Step]:
        soaked = self.drum.laundry * SATURATED + self.level("wash")
        heat = max(0.0, self.target() - self.inlet_temperature) * (soaked * 4186 + 15_000) / HEATER_WATTS
        return [
            self._fill("wash"),
            Step("wash", heat, task="heat", left=self._heat_left),
            Step("wash", 60 * self.recipe.minutes(self.share), task="wash"),
            Step("wash", 60.0, task="cool", left=self._cool_left, skip=lambda: self.target() <= HOT),
            self._drain("wash"),
        ]

    def _rinsing(self, number: int) -> list[Step]:
        def taken_back() -> bool:
            return number > int(self.settings["rinses"])

        return [
            Step("rinse", 120.0, task="between", left=self._spin_left, skip=taken_back),
            Step("rinse", 40.0, task="coast", left=self._coast_left, skip=taken_back),
            Step("rinse", 100.0, task="fill", left=lambda: self._fill_left("rinse"), skip=taken_back),
            Step("rinse", 60 * self.recipe.rinse, task="rinse", skip=taken_back),
            Step("rinse", 50.0, task="drain", left=self._drain_left, skip=taken_back),
        ]

    def _final_spin(self) -> list[Step]:
        def not_wanted() -> bool:
            return not self.settings["spinSpeed"]

        speed = float(self.settings["spinSpeed"])
        ramp = 60 * self.recipe.spin + speed / SPIN_UP
        return [
            Step("spin", ramp, task="spin", left=self._spin_left, skip=not_wanted),
            Step("spin", speed / COAST, task="coast", left=self._coast_left, skip=not_wanted),
        ]

    def _fill(self, phase: str) -> Step:
        return Step(phase, self.drum.lacking(self.level(phase)) / INLET, task="fill", left=lambda: self._fill_left(phase))

    def _drain(self, phase: str) -> Step:
        return Step(phase, self.drum.free / PUMP if phase != "spin" else 50.0, task="drain", left=self._drain_left)

    def _fill_left(self, phase: str) -> float:
        return self.drum.lacking(self.level(phase)) / INLET

    def _drain_left(self) -> float:
        return self.drum.free / PUMP

    def _cool_left(self) -> float:
        return max(0.0, self.drum.temperature - COOL) * 5.0

    def _heat_left(self) -> float:
        return max(0.0, self.target() - self.drum.temperature) * self.drum.capacity / HEATER_WATTS

    def _dry_left(self) -> float:
        surplus = self.drum.absorbed - MOISTURE.get(self.settings["dryLevel"], 0.0) * self.drum.laundry
        return max(0.0, surplus) * STEAM_HEAT / DRYER_WATTS

    def _coast_left(self) -> float:
        return self.drum.speed / COAST

    def _spin_left(self) -> float:
        step = self.program.current
        if step is not None and step is not self._spin_step:
            return step.seconds
        ramp = max(0.0, self.spinning.limit - self.drum.speed) / SPIN_UP
        return self.spinning.remaining + ramp if self.spinning.left > 0 else 0.0

    def begin_spin(self, task: str) -> None:
        """Start a spin when its step begins; a drum that stood still is judged anew."""
        step = self.program.current
        if task in ("between", "spin") and step is not self._spin_step:
            speed = float(self.settings["spinSpeed"]) if task == "spin" else float(self.recipe.between)
            self.spinning = Spin(self.drum, speed, 60 * self.recipe.spin if task == "spin" else 60.0)
            self._spin_step = step
        elif self.drum.speed == 0:
            self.spinning.interrupted()
