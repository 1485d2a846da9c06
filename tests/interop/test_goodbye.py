"""A page that is left is let go soon; one that only lost its connection is kept for whoever looks at it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from nicegui import Client, core

from gateway.app import Gateway
from tests.kit.addresses import address
from tests.kit.browser import browser
from tests.kit.demo import PATIENCE
from tests.kit.relay import relay
from tests.routes.stage import running, settings_of

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("pages"), pytest.mark.timeout(180)]


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Gateway]:
    home = address()
    settings = replace(settings_of(tmp_path), http_port=0, lan=(), mqtt_host=home, coap_host=home, http_host="127.0.0.1")
    async with running(settings) as gateway:
        yield gateway


async def until(path: str, *, there: bool) -> Client | None:
    """Return once a page is kept, or none is any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = next((client for client in Client.instances.values() if client.page.path == path), None)
            if (found is not None) is there:
                return found
            await asyncio.sleep(0.05)


async def test_a_page_that_is_left_is_let_go_and_one_that_is_cut_off_is_not(hub: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.app.config, "reconnect_timeout", 3600.0)  # whoever is let go within this test has said goodbye
    with relay(int(hub.http[0].rpartition(":")[2])) as line:
        opening = browser(f"http://127.0.0.1:{line.port}")
        made = await asyncio.to_thread(opening.__enter__)
        try:
            await asyncio.to_thread(made.open, "/energy")
            kept = await until("/energy", there=True)
            assert kept is not None
            line.cut()
            await asyncio.to_thread(made.reads, "Connection lost")
            line.mend()
            await asyncio.to_thread(made.reads, "Connected again")
            assert await until("/energy", there=True) is kept, "it is the page it was"
            await asyncio.to_thread(made.open, "/scenes")
            await until("/energy", there=False)
            await asyncio.to_thread(made.chrome.refresh)
            await asyncio.to_thread(made.chrome.get, "about:blank")
            await until("/scenes", there=False)
        finally:
            await asyncio.to_thread(opening.__exit__, None, None, None)
