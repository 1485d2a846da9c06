"""Checks of the contract that a wire cannot have are left out of the run, by what its own test declares, and nothing else is."""

import pytest

from tests.drivers.contract_terms import MARK


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(check): a check of the contract that every driver keeps")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lacked = [item for item in items if _lacked(item)]
    if lacked:
        config.hook.pytest_deselected(items=lacked)
        items[:] = [item for item in items if item not in lacked]


def _lacked(item: pytest.Item) -> bool:
    marker = item.get_closest_marker(MARK)
    return marker is not None and marker.args[0] in getattr(getattr(item, "cls", None), "lacks", {})
