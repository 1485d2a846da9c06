"""Mapping data take hundreds of milliseconds to read, more on a small hub: the loop does not wait for it, and it is read once."""

import asyncio
import threading
from pathlib import Path

import pytest

from gateway.drivers.parts import search as by_datagram
from gateway.drivers.parts import sheet
from gateway.drivers.spi import SearchContext
from tests.drivers.hostile.test_crowds import answering
from tests.drivers.kit import context


async def test_the_first_answer_of_a_search_is_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_datagram, "ROUNDS", (0.3,))
    readers: list[bool] = []

    def found(data: bytes, _: str) -> by_datagram.Found:
        readers.append(threading.current_thread() is threading.main_thread())
        return by_datagram.Found(key=data.decode(), name=data.decode(), port=1)

    async with answering(2, 1) as (hosts, port):
        where = SearchContext(interfaces=(), unicast=tuple(hosts), context=context(), asked=lambda *_: None, dropped=lambda *_: None)
        assert len([each async for each in by_datagram.search(where, "test", [by_datagram.Question(b"?", port)], found)]) == 3
    assert readers == [False, True, True, True]


async def test_a_file_that_many_want_at_once_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, reads = tmp_path / "kind.yaml", 0
    file.write_text("kind: plug\n")
    read = sheet._read

    def counted(which: Path) -> object:
        nonlocal reads
        reads += 1
        return read(which)

    monkeypatch.setattr(sheet, "_read", counted)
    told = await asyncio.gather(*(asyncio.to_thread(sheet.document, file) for _ in range(20)))
    assert (reads, told) == (1, [{"kind": "plug"}] * 20)
