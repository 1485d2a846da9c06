"""What every test lives with: nothing is skipped where HULIAN_SKIP_NOTHING is set, programs are found in sbin, the slowest go first."""

import os
import signal
from collections import defaultdict
from collections.abc import Generator

import pytest
from hypothesis import settings
from pluggy import Result

os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job hands that down, and no Ctrl-C would reach a child
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("patient", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("patient")  # a machine that is busy with other tests is no defect

SLOW = 100.0
"""Seconds of time limit from which a test is begun early, so that it is not the last one everybody waits for."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deal the tests that may take long to the beginnings of the shares pytest-xdist cuts the list into; all workers make the same list.

    Those that share what is dear to set up (a module, or an `xdist_group`) stay in one share, so that it is set up once.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    groups: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if limit(item) >= SLOW:
            groups[group(item)].append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for together in sorted(groups.values(), key=lambda group: sum(map(limit, group)), reverse=True):
        min(shares, key=lambda share: sum(map(limit, share))).extend(together)
    others = [item for item in items if limit(item) < SLOW]
    fill = -(-len(items) // workers)
    for share in shares:
        room = max(0, fill - len(share))
        share.extend(others[:room])
        del others[:room]
    items[:] = [item for share in shares for item in share] + others


def group(item: pytest.Item) -> str:
    """Return the name of those a test shares its fixtures with."""
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker is not None and marker.args else item.nodeid.partition("::")[0]


def limit(item: pytest.Item) -> float:
    """Return the seconds a test says it may take, 0 where it says nothing."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None and marker.args else 0.0


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("HULIAN_SKIP_NOTHING"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and nothing may be: {report.longrepr}"
