"""How long a way back may take: what was slow one way is slow the other."""

from gateway.scenes.report import Line
from gateway.scenes.rollback import UNDOING, patience


def lines(*deadlines: float) -> list[Line]:
    return [Line(device="curtain", asked={"position": 0}, deadline=deadline) for deadline in deadlines]


def test_a_slow_step_has_as_long_for_its_way_back() -> None:
    assert patience(lines(10.0, 120.0)) == 120.0


def test_nobody_has_less_than_the_usual() -> None:
    assert patience(lines(1.0)) == patience([]) == UNDOING
