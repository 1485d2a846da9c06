"""What the terminal of a hub without an owner shows: the code, and how it went with it."""

import sys

import pytest

from gateway.cli.first_owner import first_owner
from gateway.errors import SetupError
from gateway.thing.principal import LOCAL, Role
from tests.kit.pairing import a_hub, by_pin, wish
from tests.protocol.kit import until


async def told(capsys: pytest.CaptureFixture[str], word: str) -> str:
    seen = ""

    def look() -> bool:
        nonlocal seen
        seen += capsys.readouterr().out
        return word in seen

    await until(look, 3)
    return seen


async def test_who_becomes_the_owner_by_the_code_on_the_screen_is_told_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    async with a_hub() as hub, first_owner(hub.pairing, hub.clients):
        window = hub.window.required()
        assert f"PIN {window.pin[:4]} {window.pin[4:]}" in capsys.readouterr().out
        answer = await by_pin(hub, window.pin, wish("王先生的手机"))
        seen = await told(capsys, answer["client"])
    assert "王先生的手机 came in as owner" in seen
    assert "needs a key" in seen


async def test_a_code_on_the_screen_that_is_over_is_said_to_be(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    async with a_hub() as hub, first_owner(hub.pairing, hub.clients):
        await hub.window.close("time")
        assert "hulian pair --role owner" in await told(capsys, "worth nothing")


async def test_a_log_gets_no_code_and_a_hub_with_an_owner_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_hub() as hub:
        async with first_owner(hub.pairing, hub.clients):
            assert hub.window.now_open is None
        assert "hulian pair --role owner" in capsys.readouterr().out
        await hub.clients.add("Anna", Role.OWNER, LOCAL)
        async with first_owner(hub.pairing, hub.clients):
            pass
    assert capsys.readouterr().out == ""


async def test_what_ends_the_hub_meanwhile_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    async with a_hub() as hub:
        with pytest.raises(SetupError, match="gone"):
            async with first_owner(hub.pairing, hub.clients):
                raise SetupError("gone")
