from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.supervisor.limits import Limits
from gateway.drivers.supervisor.valve import merged
from gateway.thing.report import Event, Report
from gateway.thing.value import Quality

NAMES = st.sampled_from(["power", "mode", "eco"])
REPORTS = st.builds(
    Report,
    device=st.just("plug-1"),
    values=st.dictionaries(NAMES, st.integers(0, 9)),
    pending=st.none() | st.dictionaries(NAMES, st.none()),
    events=st.lists(st.builds(Event, st.sampled_from(["a", "b"]), st.integers()), max_size=2).map(tuple),
    complete=st.booleans(),
).flatmap(
    lambda report: st.dictionaries(st.sampled_from(sorted(report.values)) if report.values else st.nothing(), st.sampled_from(Quality)).map(
        lambda quality: Report(
            device=report.device,
            values=report.values,
            quality=quality,
            pending=report.pending,
            events=report.events,
            complete=report.complete,
        )
    )
)


class Twin:
    """The plainest home there can be: what a device's values, qualities and pending are after some reports."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.quality: dict[str, Quality] = {}
        self.pending: dict[str, str | None] = {}
        self.events: list[Event] = []

    def take(self, report: Report) -> None:
        if report.complete:
            self.values, self.quality = {}, {}
        for name, value in report.values.items():
            self.values[name] = value
            self.quality[name] = report.quality.get(name, Quality.GOOD)
        if report.pending is not None:
            self.pending = dict(report.pending)
        self.events += report.events


@given(st.lists(REPORTS, min_size=1, max_size=6))
def test_merged_reports_say_what_they_said_one_by_one(reports: list[Report]) -> None:
    one_by_one, together = Twin(), Twin()
    whole = reports[0]
    one_by_one.take(whole)
    for report in reports[1:]:
        one_by_one.take(report)
        whole = merged(whole, report)
    together.take(whole)
    assert vars(together) == vars(one_by_one)


@given(st.integers(1, 10_000), st.integers())
def test_the_pause_after_failures_stays_within_its_bounds(attempts: int, seed: int) -> None:
    limits = Limits()
    assert 0.0 <= limits.pause(attempts, Random(seed)) <= min(limits.longest_pause, limits.first_pause * 2.0 ** min(attempts - 1, 32))


def test_pauses_grow_and_differ() -> None:
    random = Random(1)
    early = [Limits().pause(1, random) for _ in range(50)]
    late = [Limits().pause(12, random) for _ in range(50)]
    assert max(early) <= 1.0 < max(late)
    assert len(set(late)) == 50
