"""Whether the conditions of a scene hold, and in words which one does not."""

from collections.abc import Callable, Iterable

from gateway.errors import CommandError
from gateway.home.twin import Twin
from gateway.scenes.house import House, believed, meant
from gateway.scenes.rules.crossing import within
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import AlertIs, Between, Condition, Holds, OnDays, SceneIs, Sun, Who, clock_words
from gateway.scenes.rules.said import said
from gateway.scenes.words import Text
from gateway.thing.clock import Clock


class Judge:
    """`state`: whether a scene is on, partly or off; `alert_open`: whether an alert of a scene waits for somebody."""

    def __init__(
        self, house: House, place: Place, clock: Clock, state: Callable[[str], str], alert_open: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._house = house
        self._place = place
        self._clock = clock
        self._state = state
        self._alert_open = alert_open

    def against(self, conditions: Iterable[Condition]) -> Text | None:
        """Return what the first condition that does not hold says, None where all do."""
        return next(filter(None, map(self._against, conditions)), None)

    def _against(self, condition: Condition) -> Text | None:
        match condition:
            case Holds():
                return self._against_holds(condition)
            case Between():
                return self._against_between(condition)
            case OnDays(days=days):
                return None if self._place.wall(self._clock.now()).weekday() in days else said("days")
            case SceneIs(scene=scene, state=wanted):
                return self._against_state(scene, wanted)
            case AlertIs(scene=scene, is_open=wanted_open):
                is_open = self._alert_open(scene)
                return None if is_open is wanted_open else said("alert", scene=scene, state="open" if is_open else "acknowledged")

    def _against_holds(self, condition: Holds) -> Text | None:
        twins = [self._house.twin(device) for device in meant(condition.select, self._house)]
        having = [twin for twin in twins if condition.name in twin.instance.properties]
        if not having:
            return said("nobody", line=condition.line)
        problems = [self._problem(condition, twin) for twin in having]
        if condition.who is Who.ANY and None in problems:
            return None
        return next(filter(None, problems), None)

    def _problem(self, condition: Holds, twin: Twin) -> Text | None:
        shown = believed(twin, (condition.name,))
        if condition.name not in shown:
            return said("unheard", device=twin.name, name=condition.name)
        if within(condition.limit, shown[condition.name]):
            return None
        return said("holds", device=twin.name, name=condition.name, limit=condition.limit.words())

    def _against_between(self, condition: Between) -> Text | None:
        wall = self._place.wall(self._clock.now())
        now, first, second = wall.hour * 60 + wall.minute, self._minutes(condition.first), self._minutes(condition.second)
        if first is not None and second is not None:
            inside = first <= now < second if first < second else now >= first or now < second
            if inside:
                return None
        ends = [
            clock_words(each) if isinstance(each, int) and not isinstance(each, Sun) else str(each)
            for each in (condition.first, condition.second)
        ]
        return said("between", clock=clock_words(now), first=ends[0], second=ends[1])

    def _minutes(self, end: int | Sun) -> int | None:
        """Return an end of a span as minutes of today, None where the sun does nothing today."""
        if not isinstance(end, Sun):
            return end
        sun = self._place.sun(self._place.wall(self._clock.now()).date())
        if sun is None:
            return None
        wall = self._place.wall(sun[end is Sun.SET])
        return wall.hour * 60 + wall.minute

    def _against_state(self, scene: str, wanted: str) -> Text | None:
        try:
            state = self._state(scene)
        except CommandError:
            state = "gone"
        return None if state == wanted else said("state", scene=scene, state=state)
