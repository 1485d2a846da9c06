"""The line's limit, whatever the home: sums alone."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.scenes.turns.room import Load, first_that_fits, shortage, taken

WATTS = st.floats(0, 5000)


@st.composite
def homes(draw: st.DrawFn) -> list[Load]:
    """Devices that draw, with a plug behind some; whoever is on already shows what it draws."""
    loads: list[Load] = []
    for number in range(draw(st.integers(1, 10))):
        most = draw(WATTS)
        on = draw(st.booleans())
        shown = draw(st.none() | st.floats(0, most)) if on else draw(st.sampled_from([None, 0.0]))
        feeder = draw(st.sampled_from(["", *(load.device for load in loads)]))
        surge, cycles = draw(st.floats(0, 1000)), draw(st.booleans())
        loads.append(Load(device=f"d{number}", most=most, shown=shown, surge=surge, on=on, cycles=cycles, feeder=feeder))
    return loads


@given(homes(), st.floats(0, 8000), st.randoms(use_true_random=False))
def test_what_was_switched_on_never_passes_the_limit_with_whatever_it_draws_and_one_start(loads: list[Load], limit: float, chance) -> None:  # type: ignore[no-untyped-def]
    home = {load.device: load for load in loads}
    held: set[str] = set()
    waiting = [load.device for load in loads if not load.on]
    while (following := first_that_fits(home, held, waiting, limit)) is not None:
        waiting.remove(following)
        held.add(following)
        home[following].on, home[following].shown = True, chance.uniform(0, home[following].most)  # it lies, and draws its most
    if not held:
        return

    def draws(load: Load) -> float:
        """Return what it truly draws at worst: its most where it may, else what it shows."""
        return load.most if load.device in held or (load.on and (load.cycles or load.shown is None)) else (load.shown or 0.0)

    behind = {load.feeder for load in loads}
    appliances = [load for load in loads if load.device not in behind]  # a plug draws what hangs on it
    start = max((load.surge for load in appliances if load.device in held), default=0.0)
    assert sum(map(draws, appliances)) + start <= limit + 1e-6


@given(homes(), st.floats(0, 8000))
def test_who_is_left_waiting_would_have_passed_the_limit(loads: list[Load], limit: float) -> None:
    home = {load.device: load for load in loads}
    held: set[str] = set()
    waiting = [load.device for load in loads if not load.on]
    while (following := first_that_fits(home, held, waiting, limit)) is not None:
        waiting.remove(following)
        held.add(following)
    assert all(shortage(home, held, each, limit) > 0 for each in waiting)


def test_what_hangs_on_a_plug_is_counted_once() -> None:
    home = {
        "plug": Load(device="plug", most=2200, shown=90.0, on=True),
        "fridge": Load(device="fridge", most=200, shown=88.0, on=True, feeder="plug"),
    }
    assert taken(home, ()) == 90.0
    home["fridge"].cycles = True
    assert taken(home, ()) == 200.0


def test_who_says_it_draws_more_than_the_line_bears_is_not_believed_and_keeps_nobody_back() -> None:
    home = {
        "liar": Load(device="liar", most=60, shown=900_000.0, on=True),
        "lamp": Load(device="lamp", most=60),
    }
    assert first_that_fits(home, (), ["lamp"], 200.0) == "lamp"
    home["liar"].shown = 190.0
    assert first_that_fits(home, (), ["lamp"], 200.0) is None


def test_without_a_limit_there_is_room_for_the_dearest() -> None:
    home = {name: Load(device=name, most=9000) for name in ("a", "b")}
    assert first_that_fits(home, ("b",), ["a"], None) == "a"
