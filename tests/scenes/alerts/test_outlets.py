"""The ways out: a command of the owner's and a webhook, each with its time, and what each says when it does not work."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Settings
from gateway.cli.configuration import read_configuration
from gateway.cli.merging import merge
from gateway.errors import ConfigurationInvalid
from gateway.scenes.alerts.outlets import DONE, TRIES, Command, Webhook, outlets_of
from gateway.scenes.alerts.posting import target_of
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address

MESSAGE = {"id": "alert-1", "new": True, "text": {"en": "Is all well?", "zh-Hans": "一切都好吗"}}


def program(folder: Path, *lines: str) -> tuple[str, ...]:
    path = folder / "tell.py"
    path.write_text("import sys, time\n" + "\n".join(lines) + "\n")
    return sys.executable, str(path)


async def test_a_command_is_given_the_alert_on_its_standard_input_and_no_shell_reads_its_words(tmp_path: Path) -> None:
    kept = tmp_path / "heard"
    words = (*program(tmp_path, "open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"), str(kept), "$(touch /tmp/x); `id`")
    assert await Command(words).tell(MESSAGE) == DONE
    assert json.loads(kept.read_bytes()) == MESSAGE


async def test_a_command_that_fails_hangs_or_is_not_there_is_said_and_ended(tmp_path: Path) -> None:
    failing = await Command(program(tmp_path, "sys.exit('no modem')")).tell(MESSAGE)
    assert "ended with 1: no modem" in failing
    hanging = await Command(program(tmp_path, "time.sleep(60)"), seconds=0.3).tell(MESSAGE)
    assert "took longer than 0.3 s" in hanging
    assert "cannot be run" in await Command((str(tmp_path / "nothing"),)).tell(MESSAGE)
    loud = await Command(program(tmp_path, "sys.stderr.write('x' * 1000000)", "sys.exit(3)")).tell(MESSAGE)
    assert "ended with 3" in loud
    assert len(loud) < 400
    deaf = await Command(program(tmp_path, "sys.stdin.close()")).tell({"text": "x" * 200_000})
    assert deaf == DONE


@dataclass
class Listener:
    """A web server that answers one status after the other, and 200 when there are no more; 0: nothing at all."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.idle.clear()
        try:
            await self._answered(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self.idle.set()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        self.bodies.append(json.loads(await reader.readexactly(length)))
        self.heads.append(head)
        status = self.statuses.pop(0) if self.statuses else 200
        if status:
            writer.write(f"HTTP/1.1 {status} Said\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            await reader.read()


@asynccontextmanager
async def listening(*statuses: int) -> AsyncIterator[Listener]:
    listener = Listener(statuses=list(statuses))
    host = address()
    server = await asyncio.start_server(listener.answer, host, 0)
    listener.url = f"http://{host}:{server.sockets[0].getsockname()[1]}/alert?home=1"
    try:
        yield listener
    finally:
        server.close()
        if listener.heads:
            async with asyncio.timeout(10):
                await listener.idle.wait()


def hook(url: str, seconds: float = 5.0) -> Webhook:
    return Webhook(url, SystemClock(), seconds=seconds, pause=0.01)


async def test_a_webhook_is_sent_the_alert_once() -> None:
    async with listening() as listener:
        assert await hook(listener.url).tell(MESSAGE) == DONE
        assert listener.bodies == [MESSAGE]
        assert listener.heads[0].startswith("POST /alert?home=1 HTTP/1.1\r\nHost: 127.")
        assert "Content-Type: application/json" in listener.heads[0]


@pytest.mark.parametrize(
    ("statuses", "tried", "said"),
    [
        ((503, 200), 2, DONE),
        ((503, 503, 503), TRIES, "it answered 503"),
        ((404,), 1, "it answered 404"),
        ((302,), 1, "it answered 302"),
        ((0, 0, 0), TRIES, "no answer within 0.3 s"),
    ],
)
async def test_a_webhook_is_tried_again_where_that_may_help(statuses: tuple[int, ...], tried: int, said: str) -> None:
    async with listening(*statuses) as listener:
        came = await hook(listener.url, 0.3 if 0 in statuses else 5.0).tell(MESSAGE)
        assert came.endswith(said)
        assert len(listener.bodies) == tried
        assert "?" not in came  # what may be a token is not told on


async def test_a_webhook_nobody_listens_on_is_said() -> None:
    assert "cannot be reached" in await hook(f"http://{address()}:9/").tell(MESSAGE)


@pytest.mark.parametrize("url", ["ftp://a/b", "http://", "alert", "http://a/b c", "http://a/\r\nX: y", "http://ann:secret@a/"])
def test_what_is_no_address_is_refused_before_anything_starts(url: str) -> None:
    with pytest.raises(ValueError, match=r"address"):
        target_of(url)
    with pytest.raises(ConfigurationInvalid, match="notify-webhook"):
        outlets_of((), url, SystemClock())


def test_both_stand_in_the_section_home_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "hulian.toml"
    file.write_text('[home]\nnotify-command = ["/bin/tell", "--loud"]\nnotify-webhook = "https://[::1]:8443/x"\n')
    settings: Settings = merge(read_configuration(file).model_dump(mode="json"), tmp_path, tmp_path / "socket", {})
    command, webhook = outlets_of(settings.notify_command, settings.notify_webhook, SystemClock())
    assert (command.name, webhook.name) == ("command", "webhook")
    assert target_of(settings.notify_webhook).port == 8443
    file.write_text('[home]\nnotify-comand = ["/bin/tell"]\n')
    with pytest.raises(ConfigurationInvalid, match="notify-comand"):
        read_configuration(file)
