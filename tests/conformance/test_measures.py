"""What the rough checks are made of: percentiles, a relay, the options of a refusal, dates of tables, words that may not be heard."""

import asyncio
import socket
from datetime import date
from random import Random

from gateway.conformance.canaries import Canaries
from gateway.conformance.checks.energy import Curve
from gateway.conformance.checks.lifecycle import _ends
from gateway.conformance.crowd import Crowd
from gateway.conformance.failure import Failure
from gateway.conformance.quiet import Lateness, percentile
from gateway.conformance.relay import relayed
from gateway.conformance.settings import values_of
from gateway.conformance.tables import box_limits, in_force, label_standards, safe_use

HEAD = bytes((0x64, 0x9D, 0, 1)) + b"abcd"


def test_a_percentile_is_one_of_the_values() -> None:
    taken = [0.01] * 18 + [0.4, 2.0]
    assert (percentile(taken, 0.5), percentile(taken, 0.95), percentile(taken, 0.99)) == (0.01, 0.4, 2.0)


def test_a_busy_machine_is_granted_more_and_a_quiet_one_nothing() -> None:
    assert Lateness([0.001] * 100).doubt == 0.0
    assert Lateness([0.05] * 100).doubt > 0.2


async def test_a_relay_passes_what_comes_and_keeps_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
        target.bind(("127.0.0.1", 0))
        target.setblocking(False)
        kept: list[bytes] = []
        async with relayed(f"coap://127.0.0.1:{target.getsockname()[1]}/d/self", Random(1), twice=1.0, keep=kept) as base:
            port = int(base.split(":")[2].split("/")[0])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"hello", ("127.0.0.1", port))
            loop = asyncio.get_running_loop()
            assert [await loop.sock_recv(target, 99) for _ in range(2)] == [b"hello", b"hello"]
        assert kept == [b"hello"]


def test_a_refusal_of_a_crowd_counts_as_nameless_only_without_max_age() -> None:
    crowd = Crowd()
    for options in (bytes((0xD1, 1, 2)), bytes((0xC1, 50, 0x21, 2)), b"", bytes((0xC1, 50))):
        crowd.datagram_received(HEAD + options + b"\xff{}", None)
    crowd.datagram_received(b"\x64", None)
    assert (crowd.answered, crowd.turned_away, crowd.nameless) == (4, 4, 2)


def test_a_refrigerators_standard_changes_with_the_first_of_june_2026() -> None:
    old, new = label_standards("refrigerator")
    assert [in_force(row, date(2026, 5, 31)) for row in (old, new)] == [True, False]
    assert [in_force(row, date(2026, 6, 1)) for row in (old, new)] == [False, True]
    assert box_limits()["normal-picture"] == 35


def test_safe_use_ends_by_the_right_start_and_is_not_guessed() -> None:
    row = safe_use("air-conditioner")
    assert _ends({"purchased": "2024-02-01", "installed": "2024-02-29", "safeUseYears": 10}, row) == {date(2034, 2, 28)}
    assert _ends({"purchased": "2024-02-29"}, {"years": 8, "start": "purchase"}) == {date(2032, 2, 29)}
    assert _ends({"purchased": "2024-02-29"}, safe_use("plug")) == set()
    assert _ends({"made": "2024-02-29"}, row) == set()


def test_a_meter_that_falls_or_jumps_is_caught_and_one_that_counts_is_not() -> None:
    def watched(*energy: float) -> str:
        curve = Curve(grain=0.011, highest=4000)
        try:
            for at, value in enumerate(energy):
                curve.take(at * 3.0, {"powerDraw": 2000, "energyTotal": value})
        except Failure as failure:
            return failure.expected
        return ""

    assert watched(1.0, 1.0, 1.01, 1.01) == ""
    assert "never falls" in watched(1.0, 0.99)
    assert "no step" in watched(1.0, 1.5)


def test_a_canary_is_heard_wherever_it_sings_and_short_words_are_none() -> None:
    canaries = Canaries()
    canaries.add("the serial number", "SIM0012345")
    canaries.add("a short one", "plug")
    assert canaries.in_(b'{"title":"Plug SIM0012345"}') == "the serial number"
    assert canaries.in_(b'{"title":"plug"}') is None


def test_values_of_a_setting_lie_on_its_steps() -> None:
    assert values_of({"type": "integer", "minimum": 100, "maximum": 2500, "multipleOf": 100}) == [100, 900, 1300, 2500]
    assert values_of({"type": "boolean"}) == [False, True]
    assert values_of({"type": "array"}) == []
