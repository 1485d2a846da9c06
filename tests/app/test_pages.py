"""What an owner is told about the pages: where they are, or what turns them on; and nothing that is not so."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import Settings, pages

OFF = Settings(data=Path("data"), socket=Path("control"))
ON = replace(OFF, http_port=8080)
URLS = ["http://127.0.0.1:8080", "https://192.0.2.7:8443"]


def line(monkeypatch: pytest.MonkeyPatch, settings: Settings, urls: list[str], *missing: str) -> str:
    monkeypatch.setattr(pages, "find_spec", lambda name: None if name in missing else name)
    return pages.pages_line(settings, urls)


def test_where_they_are_on_their_addresses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = line(monkeypatch, ON, URLS)
    assert told.startswith("  ".join(URLS))
    assert "pip" not in told


def test_where_they_are_off_it_is_told_how_to_turn_them_on_and_where_they_are_then(monkeypatch: pytest.MonkeyPatch) -> None:
    told = line(monkeypatch, replace(OFF, lan=("192.0.2.7",)), [])
    assert told.startswith("off")
    assert "port = 8080" in told
    assert told.endswith("http://127.0.0.1:8080 and https://192.0.2.7:8443")
    assert "pip" not in told


@pytest.mark.parametrize("missing", ["nicegui", "fastapi"])
def test_a_library_that_is_missing_comes_first(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    assert "To turn them on: pip install 'hulian[web]', then" in line(monkeypatch, OFF, [], missing)


def test_the_api_without_pages_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "pip install 'hulian[web]'" in line(monkeypatch, ON, URLS, "nicegui")
    assert "`pages = false`" in line(monkeypatch, replace(ON, pages=False), URLS)
