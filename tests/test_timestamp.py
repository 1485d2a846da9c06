"""Times as they travel."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.thing.timestamp import from_iso, iso


@given(st.floats(-1e9, 2e11) | st.integers(0, 2**32).map(lambda number: number + 0.9999996))
@example(0.9999995)
@example(-0.0000001)
@example(1_700_000_000.9995)
def test_a_time_is_written_to_the_millisecond_and_read_back(seconds: float) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert iso(seconds) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert abs(from_iso(iso(seconds)) - seconds) <= 0.0010001
