"""The suite inside pytest: `pytest --hulian-target coap://192.0.2.7` adds one test for each check.

Without that option nothing else of the suite is imported, and nothing is added. The target stays open for the whole session, on a loop of
its own; a device is judged by one process, so not together with `pytest -n`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway.conformance.bridge import Bridge

NODE = "hulian"
_BRIDGE = pytest.StashKey["Bridge"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options; they all begin with --hulian."""
    group = parser.getgroup("hulian", "conformance of an appliance (hulian)")
    group.addoption("--hulian-target", metavar="TARGET", help="coap://HOST, mqtt://HOST:PORT/ROOT, a file, or the name it announces")
    group.addoption("--hulian-claim", metavar="KIND@VERSION", default="", help="what its vendor says it is")
    group.addoption("--hulian-tests", metavar="IDS", default="", help="only these, with commas: D,T,C1")
    group.addoption("--hulian-transport", choices=("mqtt", "coap", "both"), default="both", help="judge only over this transport")
    group.addoption("--hulian-control", metavar="SOCKET", help="socket of its control interface")
    group.addoption("--hulian-unit", metavar="UNIT", default="", help="the unit that is meant, where that has several")
    group.addoption("--hulian-credentials", metavar="FOLDER", help="what the judge was let in with")
    group.addoption("--hulian-seed", metavar="N", type=int, help="of everything that is drawn")
    group.addoption("--hulian-budget", metavar="SECONDS", type=float, help="for everything; the cheap checks first")
    group.addoption("--hulian-real-time", metavar="SECONDS", type=float, default=20.0, help="longest single wait in real time")
    group.addoption("--hulian-report", metavar="DIR", help="folder for the report and failure capsules")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot work: several processes on one device."""
    if config.getoption("--hulian-target") and (config.getoption("numprocesses", None) or hasattr(config, "workerinput")):
        raise pytest.UsageError("--hulian-target judges one device from one process: run without -n")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Open the target and add a test for each check that was chosen."""
    if not config.getoption("--hulian-target"):
        return
    from gateway.conformance.bridge import Bridge, BridgeBroken  # noqa: PLC0415 - only when it is asked for

    bridge = Bridge(config.option)
    try:
        bridge.open()
    except BridgeBroken as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_BRIDGE] = bridge
    added = [*_Device.from_parent(session, name=NODE, nodeid=NODE, bridge=bridge).collect()]
    config.hook.pytest_collectreport(report=pytest.CollectReport(NODE, "passed", None, [*added]))  # so that they are counted
    items.extend(added)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is judged."""
    target = config.getoption("--hulian-target")
    return [f"hulian: judging {target}"] if target else []


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the target, and write the report where one was wished."""
    if (bridge := config.stash.get(_BRIDGE, None)) is not None:
        bridge.close()


class _Device(pytest.Collector):
    """The device, as the parent of its checks."""

    def __init__(self, *, bridge: "Bridge", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bridge = bridge

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each check."""
        for chosen in self.bridge.selection:
            yield _Check.from_parent(self, name=chosen.id, chosen=chosen)


class _Check(pytest.Item):
    """One check on the device."""

    def __init__(self, *, chosen: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chosen = chosen
        self.extra_keyword_matches.add(chosen.check.requirement)

    @property
    def _bridge(self) -> "Bridge":
        bridge: Bridge = self.parent.bridge  # type: ignore[union-attr]
        return bridge

    def runtest(self) -> None:
        """Run it; skip it with the suite's reason, fail it with the whole failure."""
        self._bridge.run(self.chosen)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the failure as people need it, instead of our stack."""
        from gateway.conformance.bridge import Found  # noqa: PLC0415 - only when something failed

        return str(excinfo.value) if isinstance(excinfo.value, Found) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """Return what is shown of it."""
        return NODE, None, self.name
