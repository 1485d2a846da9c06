"""Curves: bounded however long something is measured, and readable in a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.scene_effect import BARS, WIDTH, curve_of, effect_lines
from gateway.scenes.effects.curve import POINTS, Curve, few
from gateway.scenes.effects.effect import Effect
from gateway.scenes.effects.limits import Limits

PAUSES = st.lists(st.floats(min_value=0.0, max_value=600.0), min_size=1, max_size=600)


@given(PAUSES)
def test_a_curve_is_bounded_in_order_and_keeps_its_ends(pauses: list[float]) -> None:
    curve, seconds = Curve(), 0.0
    for number, pause in enumerate(pauses):
        seconds += pause
        curve.add(seconds, number)
    assert len(curve.points) <= POINTS
    assert curve.points[0][1] == 0
    assert curve.points[-1] == [round(seconds, 1), len(pauses) - 1]
    assert curve.points == sorted(curve.points)


@given(st.integers(min_value=1, max_value=300), st.integers(min_value=2, max_value=50))
def test_few_points_keep_the_ends(count: int, most: int) -> None:
    points = [[number, number] for number in range(count)]
    shown = few(points, most)
    assert len(shown) == min(count, most)
    assert (shown[0], shown[-1]) == (points[0], points[-1])


def test_limits_take_numbers_and_words_and_nothing_else() -> None:
    assert Limits(low=24, high=28).hold(24)
    assert not Limits(low=24, high=28).hold(28.5)
    assert not Limits(low=0, high=1).hold(True)
    assert not Limits(low=24, high=28).hold("26")
    assert Limits(words=("good", False)).hold(False)
    assert not Limits(words=("good", False)).hold(0)
    assert all(Limits.of(limits.document()) == limits for limits in (Limits(low=1.0), Limits(high=2.0), Limits(words=("a",))))


def test_a_curve_in_a_terminal_goes_up_and_down_evenly_in_time() -> None:
    falling = curve_of([[0, 30], [100, 20], [1000, 20]])
    assert len(falling) == WIDTH
    assert falling.startswith(BARS[-1])
    assert falling.count(BARS[0]) > WIDTH * 0.8
    assert curve_of([[0, 5], [10, 5]]) == BARS[0] * WIDTH
    assert curve_of([[0, 5]]) == curve_of([[0, "good"], [5, "poor"]]) == ""


def test_an_effect_is_shown_with_limits_verdicts_and_the_published_figure() -> None:
    device = {"device": "ac", "verdict": "reached", "since": 1980.0, "lowest": 26.0, "highest": 31.0, "detail": ""}
    aim = {"line": 3, "property": "roomTemperature", "unit": "Cel", "limits": {"atLeast": 24.0, "atMost": 28.0}, "after": 3600.0}
    aim |= {"for": 3600.0, "share": 80.0, "public": "temperature", "verdict": "reached", "detail": ""}
    document = {"aims": [aim | {"devices": [device | {"curve": [[0.0, 31.0], [1980.0, 28.0], [3600.0, 26.0]]}]}], "gap": 300.0}
    shown = "\n".join(line.plain for line in effect_lines(Effect.of(document).document()))
    for part in (
        "24 to 28 °C",
        "60 min after the run and for 60 min",
        "of 80 %",
        "temperature",
        "reached after 33 min",
        "31 → 26",
        "5 min",
    ):
        assert part in shown
