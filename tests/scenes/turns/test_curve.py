"""The power curve of a run: small however long it lasts, and its peak never lost."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.scene_power import power_lines
from gateway.scenes.turns.curve import POINTS, PowerCurve
from gateway.scenes.turns.showing import BARS, WIDE, sentences, sparkline


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=2000))
def test_a_curve_is_bounded_in_order_and_keeps_its_peak(watts: list[float]) -> None:
    curve = PowerCurve()
    for second, value in enumerate(watts):
        curve.add(float(second), value)
    assert len(curve.points) <= POINTS
    seconds = [point[0] for point in curve.points]
    assert seconds == sorted(set(seconds))
    assert curve.points[0][0] == 0.0
    assert max(point[1] for point in curve.points) == round(max(watts), 1) == round(curve.peak, 1)


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=300), st.floats(1, 5000))
def test_a_sparkline_fits_a_terminal_and_never_leaves_its_characters(values: list[float], most: float) -> None:
    line = sparkline(values, most)
    assert 0 < len(line) <= WIDE
    assert set(line) <= set(BARS)


def test_a_run_tells_its_peak_its_limit_its_order_and_who_is_not_measured() -> None:
    power = {"limit": 3000.0, "peak": 1500.0, "curve": [[0.0, 0.0], [1.0, 1500.0]], "unmeasured": ["curtain"]}
    power["order"] = [{"device": "lamp", "at": 0.5, "watts": 60, "basis": "assumed", "what": "is switched on"}]
    first, turn, silent = map(str, power_lines(power))
    assert "peak 1500 of 3000 W" in first
    assert "▁▅" in first
    assert "lamp is switched on, up to 60 W (assumed)" in turn
    assert "curtain" in silent
    assert power_lines({}) == []
    assert sentences(power) == {
        "en": "▁▅ peak 1500 W of 3000 W; in this order: lamp",
        "zh-Hans": "▁▅ 峰值 1500 W / 上限 3000 W · 顺序 lamp",
    }
