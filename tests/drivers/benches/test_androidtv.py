"""The contract on Google's remote service: a television, and a set-top box with twenty steps of volume that keeps its apps to itself."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any, ClassVar

import pytest

from gateway.drivers.androidtv.pairing import NEED, new_pairing
from gateway.thing.value import Value
from tests.drivers.androidtv.kit import bench_of
from tests.drivers.contract import DriverContract
from tests.drivers.contract_bench import Bench

NOT_TOLD = "the remote service tells power, volume and the app in front, and nothing else"
FLOOD = "the stream is enciphered: whoever adds to it breaks it, and the box is called again"


@cache
def stranger() -> str:
    """The pairing of a hub the box does not know."""
    return new_pairing().text()


class Paired(DriverContract):
    __test__ = False

    driver = "androidtv"
    wire = "androidtv"
    judges = ("androidtvremote2",)
    lacks: ClassVar[Mapping[str, str]] = {"flooding": FLOOD}
    on: ClassVar[Mapping[str, Value]] = {"power": True}

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        async with bench_of(self.kind, facts=self.facts, settings=self.on, read_only=self.read_only) as bench:
            type(self).answers, type(self).wrong = bench.answers, {NEED: stranger()}
            yield bench


class TestTelevision(Paired):
    __test__ = True
    kind = "uhd-tv"
    untold: ClassVar[Mapping[str, str]] = dict.fromkeys(("input", "videoClass"), NOT_TOLD)
    read_only = frozenset({"input"})


class TestSetTopBox(Paired):
    __test__ = True
    kind = "set-top-box"
    facts: ClassVar[Mapping[str, Any]] = {"quirks": ["no-apps"], "steps": 20}
    untold: ClassVar[Mapping[str, str]] = dict.fromkeys(("channel", "reception", "standards", "videoClass", "firstActivated"), NOT_TOLD)
    read_only = frozenset({"channel"})
