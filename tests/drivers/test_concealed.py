"""Whatever a driver does wrong, the password of its unit does not get out: not into the log, not into a reason, not into an answer."""

import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.logs import JsonLines, Others, Words
from gateway.discovery.credentials import Credentials
from gateway.drivers.spi import Context, Driver, Registration
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.supervisor.status import reason_of
from gateway.errors import DeviceFailure
from gateway.faces.control.server import _shown
from gateway.thing.command import Command
from gateway.thing.concealed import CONCEALED, INSTEAD, MOST, Concealed
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.trust.vault import Vault
from tests.drivers.kit import RecordingSink, context, stages, until, write
from tests.kit.secrets import MemorySecrets

CANARY = "canary-93ab-password"


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    before = dict(CONCEALED._words)
    CONCEALED.add([CANARY])
    yield
    CONCEALED._words = before
    CONCEALED.add([])


def record(message: str, *, error: BaseException | None = None, **facts: Any) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("hulian", logging.ERROR, "x", 1, message, None, exc_info)
    made.facts = facts
    return made


def missing() -> None:
    raise KeyError(CANARY)


def failing() -> None:
    try:
        missing()
    except KeyError as error:
        raise ValueError(f"https://unit/?token={CANARY}") from error


def raised() -> ValueError:
    with pytest.raises(ValueError, match="token") as caught:
        failing()
    return caught.value


@pytest.mark.parametrize("formatter", [Words(colours=False), Words(colours=True), JsonLines(), Others("%(message)s")])
def test_a_line_and_its_traceback_are_whole_but_for_the_secret(formatter: logging.Formatter) -> None:
    line = formatter.format(record(f"said {CANARY}", error=raised(), reply={"token": CANARY}, why=repr(raised())))
    assert CANARY not in line
    assert INSTEAD in line
    assert "ValueError" in line
    assert "KeyError" in line
    if isinstance(formatter, JsonLines):
        json.loads(line)


@given(st.text("ABC", min_size=6), st.text("ABC", min_size=6), st.text("123", max_size=20), st.text("123", max_size=20))
def test_of_a_word_nothing_is_left_also_where_another_begins_like_it(word: str, other: str, before: str, after: str) -> None:
    concealed = Concealed()
    concealed.add([word])
    concealed.add([word + other, other])
    assert concealed.hide(before + after) == before + after
    for each in (word, other, word + other):
        assert concealed.hide(before + each + after) == before + INSTEAD + after


def test_short_words_stay_and_the_number_of_words_is_bounded() -> None:
    concealed = Concealed()
    concealed.add(["1234", "", "on"])
    assert concealed.hide("1234 is on") == "1234 is on"
    concealed.add(f"word-{number}" for number in range(MOST + 5))
    assert len(concealed._words) == MOST
    assert concealed.hide(f"word-{MOST + 4}") == INSTEAD


async def test_credentials_are_concealed_from_when_they_are_known() -> None:
    credentials = Credentials(Vault(bytes(32), MemorySecrets()))
    await credentials.keep("test", "unit-1", {"token": "brand-new-token"})
    assert CONCEALED.hide("brand-new-token") == INSTEAD


def test_reasons_and_answers_have_no_secret() -> None:
    assert CANARY not in reason_of(DeviceFailure(f"login with {CANARY} refused"))
    assert CANARY not in reason_of(OSError(f"https://unit/?token={CANARY}"))
    shown = _shown(DeviceFailure(f"login with {CANARY} refused", property="token").document())
    assert CANARY not in str(shown)
    assert shown["property"] == "token"


@dataclass
class Leaky:
    """A session that says its password on every occasion."""

    registration: Registration
    said: list[str] = field(default_factory=list)

    def describe(self) -> tuple[Description, ...]:
        return (Description(id=self.registration.key, kind="plug"),)

    async def reports(self) -> AsyncIterator[Report]:
        await until(lambda: len(self.said) >= 2, "two commands")
        raise OSError(f"lost while {self.registration.credentials}")
        yield

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.said.append(command.name)
        token = self.registration.credentials["token"]
        if command.name == "refuse":
            raise DeviceFailure(f"the unit refused {token}")
        raise ValueError(token)
        yield

    async def cancel(self, command_id: str) -> None:
        raise ValueError(command_id)


@asynccontextmanager
async def open_leaky(registration: Registration, context: Context) -> AsyncIterator[Leaky]:  # noqa: ARG001 - the driver's signature
    if registration.key == "broken":
        raise ValueError(f"cannot log in with {registration.credentials['token']}")
    yield Leaky(registration)


async def test_a_driver_that_says_its_password_in_every_error_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    leaky = Driver(name="leaky", title="Leaky", kinds=("plug",), recognise=lambda _: None, open=open_leaky)
    sink = RecordingSink()
    caplog.set_level(logging.DEBUG, "hulian")
    lines: list[str] = []
    handler = logging.StreamHandler(sys.stderr)
    handler.emit = lambda record: lines.append(Words(colours=False).format(record))  # type: ignore[method-assign]
    ours = logging.getLogger("hulian")
    ours.addHandler(handler)
    try:
        async with Supervisor(sink, context(), lambda _: leaky) as supervisor:
            for key in ("plug-1", "broken"):
                supervisor.add(Registration(driver="leaky", key=key, credentials={"token": CANARY}))
            await until(lambda: "plug-1" in sink.sessions, "attached")
            for name in ("refuse", "throw"):
                with pytest.raises(DeviceFailure) as refused:
                    await stages(sink.sessions["plug-1"], write("plug-1", name, 1))
                assert CANARY not in str(refused.value.document())
            await until(lambda: sink.detached, "lost")
            await until(lambda: any("cannot log in" in line for line in lines), "the traceback")
            told = [*lines, str(supervisor.status()), str(sink.detached), str(sink.reasons)]
    finally:
        ours.removeHandler(handler)
    assert not any(CANARY in each for each in told)
    assert any("Traceback" in line and INSTEAD in line for line in lines)
    assert INSTEAD in str(sink.detached)


def test_the_log_itself_still_says_who_and_what() -> None:
    Log(driver="leaky").info("nothing secret")
    assert CONCEALED.hide("driver=leaky  nothing secret") == "driver=leaky  nothing secret"
