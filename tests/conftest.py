"""What every test lives with: nothing is skipped where HULIAN_SKIP_NOTHING is set, and programs are found in sbin too."""

import os
import signal
from collections.abc import Generator

import pytest
from pluggy import Result

os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job hands that down, and no Ctrl-C would reach a child
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("HULIAN_SKIP_NOTHING"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and nothing may be: {report.longrepr}"
