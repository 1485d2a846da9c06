"""One demo for all tests of a file; a test that breaks it starts its own."""

from collections.abc import Iterator

import pytest

from tests.kit.demo import Demo, start_demo, stop


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = start_demo(tmp_path_factory.mktemp("demo"), "--speed", "60")
    yield running
    assert stop(running.process) == 0
