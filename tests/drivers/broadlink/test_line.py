"""What counts as an answer, and what of an answer is anybody's business."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, cast

import pytest

from gateway.drivers.broadlink.line import STATE, Line, Refused, _read
from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.packet import COMMAND, DONE, Admission, Message
from gateway.errors import DeviceFailure
from tests.drivers.broadlink.test_packet import answer, we

RM_MINI, RM4_PRO = 0x2737, 0x649B


class Talk:
    """Answers what it is told to, and remembers what would have counted."""

    def __init__(self, *bodies: bytes, error: int = 0) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.counted: list[Callable[[Message], bool]] = []
        self._bodies, self._error = list(bodies), error

    async def ask(self, _question: Callable[[], bytes], answers: Callable[[Message], bool], **_: Any) -> Message:
        self.counted.append(answers)
        return Message(kind=DONE, count=0, error=self._error, body=self._bodies.pop(0))


def line(talk: Talk, model: int = RM_MINI) -> Line:
    return Line(cast("Any", talk), model_of(model), Admission(mac=bytes(6), model=model), Random(1))


async def test_only_the_answer_to_this_question_counts() -> None:
    talk = Talk(b"\2\0\0\0", b"\2\0\0\0")
    spoken = line(talk)
    await spoken.command(2)
    await spoken.command(2)
    counts = [[count for count in range(0x8000, 0x10000) if counted(Message(kind=DONE, count=count))] for counted in talk.counted]
    assert [len(each) for each in counts] == [1, 1]
    assert counts[0] != counts[1], "a late answer to the last one is none to this"
    assert not any(counted(Message(kind=COMMAND, count=counts[0][0])) for counted in talk.counted)


async def test_an_answer_about_something_else_and_an_error_say_so() -> None:
    with pytest.raises(DeviceFailure, match="another model"):
        await line(Talk(b"\3\0\0\0")).command(2)
    with pytest.raises(DeviceFailure, match="another model"):
        await line(Talk(b"\2\0\0\0"), RM4_PRO).command(2)
    assert await line(Talk(b"\6\0\2\0\0\0ab" + bytes(8)), RM4_PRO).command(2) == b"ab"
    assert await line(Talk(b"\2\0\0\0ab")).command(2) == b"ab"
    with pytest.raises(Refused, match="does not know this command"):
        await line(Talk(b"", error=-4)).command(2)
    with pytest.raises(Refused, match="error -99"):
        await line(Talk(b"", error=-99)).command(2)


def test_what_its_owner_calls_it_comes_into_no_recording() -> None:
    name = b"Grandma's room"
    for model, start in ((RM_MINI, b""), (RM4_PRO, b"\x90\0")):
        body = start + STATE.to_bytes(4, "little") + b"\x18\x03" + bytes(70) + name + bytes(52)
        heard = _read(answer(DONE, body.ljust(160, b"\0")), we(), model_of(model))
        assert name not in heard.body
        assert b"\x18\x03" in heard.body
    learned = (4).to_bytes(4, "little") + bytes(range(1, 100)) + bytes(9)
    assert _read(answer(DONE, learned), we(), model_of(RM_MINI)).body.startswith(learned), "all of anything else"
