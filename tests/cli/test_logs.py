"""Log lines as a person and as a collector see them."""

import json
import logging
from collections.abc import Iterator

import pytest

from gateway.cli.logs import set_up_logs
from gateway.thing.log import NAME, Log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the logger as it was found."""
    ours = logging.getLogger(NAME)
    before = ours.handlers, ours.propagate, ours.level
    yield
    ours.handlers, ours.propagate = before[:2]
    ours.setLevel(before[2])


def test_a_person_reads_words_with_the_facts_behind_them(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(verbose=False)
    Log(driver="native").warning("it is 100% gone", key="ac-1", tries=3)
    when, _, rest = capsys.readouterr().err.partition(" ")
    assert when.endswith("Z")
    assert rest == "[warning] it is 100% gone  driver=native  key=ac-1  tries=3\n"


def test_a_collector_reads_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(verbose=False, json=True)
    try:
        int("空")
    except ValueError:
        Log().exception("driver.failed", key="ac-1", odd={1})
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert "空" in line
    assert (said["event"], said["level"], said["key"], said["odd"]) == ("driver.failed", "error", "ac-1", "{1}")
    assert said["exception"].splitlines()[-1].startswith("ValueError: ")


def test_only_who_asks_hears_more_than_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(verbose=False)
    Log().info("mqtt link up")
    assert capsys.readouterr().err == ""
    set_up_logs(verbose=True)
    Log().debug("native.dropped", why="no JSON")
    assert "native.dropped  why=no JSON" in capsys.readouterr().err
