"""Programs, whatever the kind: states, steps, delays, troubles."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.models.program import BUSY, Program, Step

SIMPLE = (Step("soak", 60), Step("wash", 120, task="turn"), Step("spin", 20))


def test_steps_follow_one_another_and_the_last_one_ends_it() -> None:
    ended: list[str] = []
    program = Program(ended.append)
    program.start(SIMPLE)
    seen = []
    for _ in range(200):
        program.step(1)
        seen.append(program.phase)
    assert seen[58:61] == ["soak", "wash", "wash"]
    assert seen[178:181] == ["wash", "spin", "spin"]
    assert seen[-1] == "done"
    assert ended == ["done"]
    assert (program.state, program.progress, program.remaining, program.elapsed) == ("done", 100, 0, 200)


def test_a_long_stride_goes_through_several_steps_and_loses_no_second() -> None:
    program = Program()
    program.start(SIMPLE)
    program.step(185)
    assert (program.phase, program.remaining) == ("spin", 15)


def test_a_step_with_physics_behind_it_lasts_until_the_physics_says_so() -> None:
    heat = 20.0
    program = Program()
    program.start((Step("heat", 10, left=lambda: 60 - heat), Step("hold", 5)))
    program.step(30)
    assert (program.phase, program.remaining) == ("heat", 45)
    heat = 60.0
    program.step(1)
    assert (program.phase, program.remaining) == ("hold", 5)


def test_trouble_holds_it_and_it_goes_on_by_itself() -> None:
    program = Program()
    program.start(SIMPLE)
    program.step(10)
    program.trouble = True
    program.step(1000)
    assert (program.state, program.phase, program.remaining, program.task) == ("error", "soak", 190, "")
    program.trouble = False
    program.step(60)
    assert (program.state, program.phase, program.task) == ("running", "wash", "turn")


def test_a_pause_in_trouble_stays_a_pause_when_the_trouble_goes() -> None:
    program = Program()
    program.start(SIMPLE)
    program.trouble = True
    program.pause()
    program.trouble = False
    program.step(1000)
    assert (program.state, program.phase) == ("paused", "soak")
    program.resume()
    assert program.state == "running"


def test_a_delay_passes_first_and_counts_in_what_is_left() -> None:
    program = Program()
    program.start(SIMPLE, delay=100)
    assert (program.state, program.phase, program.remaining, program.progress) == ("delayed", "idle", 300, 0)
    program.step(130)
    assert (program.state, program.phase, program.remaining) == ("running", "soak", 170)


def test_what_is_skipped_takes_no_time_and_is_not_counted() -> None:
    rinses = 2

    def beyond(number: int) -> Callable[[], bool]:
        return lambda: number >= rinses

    steps = [Step("rinse", 50, skip=beyond(number)) for number in range(3)]
    program = Program()
    program.start(steps)
    assert program.remaining == 100
    rinses = 1
    assert program.remaining == 50
    program.step(50)
    assert program.state == "done"


def test_halting_says_so_once_and_done_is_forgotten() -> None:
    ended: list[str] = []
    program = Program(ended.append)
    program.halt()
    program.start(SIMPLE)
    program.halt()
    program.halt()
    assert (program.state, program.phase, program.progress, program.remaining) == ("idle", "idle", 0, 0)
    program.start((Step("wash", 1),))
    program.step(1)
    program.halt()
    program.forget()
    assert program.state == "idle"
    assert ended == ["stopped", "done"]


DEEDS = st.one_of(
    st.tuples(st.just("step"), st.floats(0, 500)),
    st.tuples(st.sampled_from(["pause", "resume", "halt", "forget", "start", "delay", "trouble", "fine"]), st.just(0.0)),
)


@given(st.lists(DEEDS, max_size=30))
def test_whatever_happens_progress_never_falls_within_a_program_and_every_program_ends_once(deeds: list[tuple[str, float]]) -> None:
    ended: list[str] = []
    program, started, before = Program(ended.append), 0, 0
    for deed, seconds in deeds:
        match deed:
            case "start" | "delay":
                if not program.busy:
                    program.start(SIMPLE, delay=40.0 if deed == "delay" else 0.0)
                    started, before = started + 1, 0
            case "trouble" | "fine":
                program.trouble = deed == "trouble"
            case "step":
                program.step(seconds)
            case _:
                getattr(program, deed)()
        assert program.busy == (program.state in BUSY)
        assert len(ended) == started - program.busy
        assert (program.phase in ("idle", "done")) == (program.current is None)
        assert 0 <= program.remaining <= 240
        if program.busy:
            assert before <= program.progress < 100
            before = program.progress


@pytest.mark.parametrize("stride", [1.0, 7.0, 60.0])
def test_the_stride_changes_nothing(stride: float) -> None:
    program = Program()
    program.start(SIMPLE)
    for _ in range(int(140 / stride)):
        program.step(stride)
    assert program.remaining == 200 - int(140 / stride) * stride
