"""What a downloaded report is called: a person knows it again, every system takes it, and an old client is given a plain name."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.faces.http.file_name import attachment, safe
from tests.faces.http.conftest import Hub
from tests.kit.trials import BEGAN, kept_run
from tests.routes.lamp import LAMP
from tests.routes.stage import running, settings_of


def run(**changed: Any) -> dict[str, Any]:
    told = {
        "device": LAMP,
        "simulator": None,
        "language": "en",
        "state": "ended",
        "standing": "conformant",
        "began": "2026-11-30T12:00:00Z",
    }
    return told | changed


def names(disposition: str) -> tuple[str, str]:
    """Return the plain name, and the one a browser takes, as the standard library reads them."""
    message = Message()
    message["content-disposition"] = disposition
    plain = re.search(r'filename="([^"]+)"', disposition)
    extended = re.search(r"filename\*=(UTF-8''\S+)", disposition)
    assert plain, disposition
    whole = Message()
    whole["content-disposition"] = f"attachment; filename*={extended[1]}" if extended else disposition
    return plain[1], str(whole.get_filename())


async def test_a_report_is_named_for_its_appliance_its_day_and_how_it_ended(hub: Hub) -> None:
    home = hub.gateway.home
    await home.rename(LAMP, "Grandma's lamp")
    plain, whole = names(attachment(home, run(), "report.html"))
    assert re.fullmatch(rf"{LAMP}_2026-1[12]-\d\d-\d{{4}}_conformant_report\.html", plain)
    assert whole == plain.replace(LAMP, "Grandma-s-lamp")
    await home.rename(LAMP, "奶奶的灯")
    told = attachment(home, run(language="zh-Hans", standing="not-conformant"), "junit.xml")
    assert told.isascii()
    plain, whole = names(told)
    assert plain.startswith(f"{LAMP}_2026-1")
    assert plain.endswith("_not-conformant_junit.xml")
    assert whole.startswith("奶奶的灯_2026-1")
    assert whole.endswith("_不符合_junit.xml")


async def test_what_nobody_named_what_is_gone_and_what_was_simulated_have_names_too(hub: Hub) -> None:
    home = hub.gateway.home
    bad = run(
        device="",
        simulator={"kind": "plug", "wire": "native", "twin": "td-without-title"},
        language="zh-Hans",
        state="stopped",
        standing="",
    )
    assert names(attachment(home, bad, "capsules.zip"))[1].startswith("模拟插座-td-without-title_2026")
    assert "_stopped_" in names(attachment(home, bad, "capsules.zip"))[0]
    assert names(attachment(home, run(device="plug-gone", state="failed", standing=""), "report.html"))[1].startswith("plug-gone_")


async def test_a_report_that_is_downloaded_comes_under_that_name(tmp_path: Path) -> None:
    settings = replace(settings_of(tmp_path), http_port=0, pages=False)
    (kept_run(settings.data, language="zh-Hans") / "report.html").write_text("<!doctype html>")
    async with running(settings) as gateway, httpx.AsyncClient(base_url=gateway.http[0], trust_env=False) as client:
        answer = await client.get("/api/v1/conformance/trial-kept00/report.html")
    assert answer.text == "<!doctype html>"
    began = datetime.fromtimestamp(BEGAN, UTC).astimezone().strftime("%Y-%m-%d-%H%M")
    told = names(answer.headers["content-disposition"])
    assert told == (f"simulated-plug_{began}_conformant_report.html", f"模拟插座_{began}_符合_report.html")


@given(st.text(max_size=200))
def test_any_name_becomes_a_part_of_a_file_name_on_every_system(words: str) -> None:
    kept = safe(words)
    assert not set(kept) & set("<>:\"/\\|?*._;%'\r\n\t \u202e\u200f")
    assert len(kept.encode()) <= 120
    assert not kept.startswith("-")
    assert safe(kept) == kept


@pytest.mark.parametrize(
    ("words", "kept"), [("客厅 空调《大》", "客厅-空调-大"), ("../../etc", "etc"), ("फ्रिज", "फ्रिज"), ("e\u0301", "\u00e9"), ("…", "")]
)
def test_letters_of_every_script_stay(words: str, kept: str) -> None:
    assert safe(words) == kept
