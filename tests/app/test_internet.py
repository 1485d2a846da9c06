"""Signs of the internet that a system leaves, read from a made-up one."""

import os
from pathlib import Path

import pytest

from gateway.app.internet import CLOCK_SET, FRESH, ROUTES, ROUTES_6, Signs
from gateway.thing.clock import SystemClock

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
OUT = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
HALF = "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n"
NEAR = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
OUT_6 = f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003 eth0\n"
LO_6 = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200 lo\n"


def write(root: Path, path: Path, text: str = "") -> Path:
    file = root / path.relative_to("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


def test_no_way_out_is_no_internet_since_it_was_first_seen(tmp_path: Path, clock: SystemClock) -> None:
    write(tmp_path, ROUTES, HEAD + NEAR + HALF)
    write(tmp_path, ROUTES_6, LO_6)
    write(tmp_path, CLOCK_SET)
    signs = Signs(clock, tmp_path)
    first = signs.look()
    clock.advance(500)
    second = signs.look()
    assert (first.there, second.there) == (False, False)
    assert second.since == first.since
    write(tmp_path, ROUTES, HEAD + NEAR + OUT)
    assert signs.look().there is True
    write(tmp_path, ROUTES, HEAD)
    assert signs.look().since > first.since + 499


@pytest.mark.parametrize(("four", "six"), [(HEAD + OUT, ""), (HEAD, LO_6 + OUT_6), (None, OUT_6), (HEAD + OUT, None)])
def test_a_way_out_alone_tells_nothing(tmp_path: Path, clock: SystemClock, four: str | None, six: str | None) -> None:
    for path, text in ((ROUTES, four), (ROUTES_6, six)):
        if text is not None:
            write(tmp_path, path, text)
    assert Signs(clock, tmp_path).look().there is None


def test_a_system_that_shows_nothing_tells_nothing(tmp_path: Path, clock: SystemClock) -> None:
    assert Signs(clock, tmp_path).look().there is None


def test_a_clock_that_is_set_over_the_network_tells_when_it_was_last(tmp_path: Path, clock: SystemClock) -> None:
    write(tmp_path, ROUTES, HEAD + OUT)
    file = write(tmp_path, CLOCK_SET)
    os.utime(file, (clock.now() - FRESH + 60,) * 2)
    signs = Signs(clock, tmp_path)
    assert signs.look().there is True
    clock.advance(120)
    sign = signs.look()
    assert sign.there is False
    assert sign.since == pytest.approx(file.stat().st_mtime)


def test_on_this_machine_it_looks_without_an_error(clock: SystemClock) -> None:
    assert Signs(clock).look().words
