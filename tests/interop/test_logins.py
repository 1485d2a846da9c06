"""A login that ends in the middle of something, on the LAN under TLS: it is said, nothing is done, and what was typed is still there."""

import json
import ssl
from collections.abc import Iterator
from itertools import count

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from gateway.faces.web.phrases import tongue
from tests.kit.browser import AXE, Browser, browser, eventually
from tests.kit.owned import Owned, owned

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("pages"), pytest.mark.timeout(300)]
SCENE = """scene: cosy
names: {en: Cosy evening, zh-Hans: 温馨夜晚}
parameters:
  level: {type: integer, minimum: 1, maximum: 100, default: 40, titles: {en: Level, zh-Hans: 亮度}}
steps:
  - select: {kind: light}
    set: {power: true, brightness: {parameter: level}}
"""
NEW = "scene: late\nnames: {en: Late}\nsteps:\n  - select: {kind: light}\n    set: {power: false}\n"
LIST = "unit,name\nnative:nobody,Ghost\n"
KEYED = "unit,name,credential.token\nmidea:1,AC,0123456789abcdef\n"
say = tongue("en")
_numbers = count(1)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    with owned(tmp_path_factory.mktemp("owned")) as running:
        running.call("scene-import", text=SCENE)
        yield running
        told = running.log.read_text()
        assert "Traceback" not in told, told[-4000:]


@pytest.fixture(scope="module")
def shown(hub: Owned) -> Iterator[Browser]:
    with browser(hub.outside, any_certificate=True) as made:
        yield made


@pytest.fixture(autouse=True)
def in_english(shown: Browser) -> None:
    shown.language("en")
    shown.size("desktop")


def come_in(hub: Owned, shown: Browser, role: str = "owner") -> str:
    """Log the browser in as somebody new."""
    code, name = hub.login(f"Browser {next(_numbers)}", role)
    shown.chrome.get(f"{shown.base}/login#code={code}")
    eventually(lambda: "/login" not in shown.chrome.current_url, "logged in")
    return name


def come_back(hub: Owned, shown: Browser, role: str = "owner") -> str:
    """Log in again where one is."""
    shown.reads(say("login.expired"))
    code, name = hub.login(f"Browser {next(_numbers)}", role)
    shown.one("#way-in input").send_keys(code)
    shown.press("#way-in [type=submit]")
    eventually(lambda: not shown.chrome.find_elements(By.ID, "way-in"), "back")
    return name


def kept(shown: Browser, name: str) -> WebElement:
    return shown.one(f"[data-keep={json.dumps(name)}]")


def type_into(shown: Browser, name: str, words: str) -> None:
    element = kept(shown, name)
    shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.clear()
    element.send_keys(words)


def reads(shown: Browser, name: str, words: str) -> None:
    eventually(lambda: kept(shown, name).get_attribute("value") == words, f"{words!r} in {name}")


def push(shown: Browser, words: str) -> None:
    found = shown.button(words)
    shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    shown.push(words)


def can_be_pressed(shown: Browser, words: str) -> None:
    eventually(lambda: shown.button(words).get_attribute("disabled") is None, f"{words} can be pressed")


def test_what_is_typed_outlives_the_login_and_is_done_only_after_the_next(hub: Owned, shown: Browser) -> None:
    light = hub.device("light")
    name = come_in(hub, shown)
    for path, field, words, phrase, done in (
        (f"/device/{light}", "name", "Lamp of the hall", "save", lambda: hub.call("show", device=light)["name"] == "Lamp of the hall"),
        ("/scenes/new", "text", NEW, "save", lambda: "late" in {scene["id"] for scene in hub.call("scenes")}),
        ("/scene/cosy", "given.level", "7", "scene.run", lambda: hub.state(light)["brightness"] == 7),
        ("/add", "list", LIST, "many.look", lambda: say("many.line", n=2) in shown.text()),
        ("/vendor", "tests", "T1", "vendor.run", lambda: say("vendor.stop") in shown.text()),
    ):
        shown.open(path)
        type_into(shown, field, words)
        can_be_pressed(shown, say(phrase))
        hub.put_out(name)
        push(shown, say(phrase))
        shown.reads(say("login.expired"))
        assert not done(), path
        if AXE.is_file():
            assert shown.grave_findings() == [], path
        name = come_back(hub, shown)
        reads(shown, field, words)
        push(shown, say(phrase))
        eventually(done, f"{path} done")
    push(shown, say("vendor.stop"))
    shown.reads(say("vendor.was.stopped"))


def test_a_page_that_is_only_looked_at_says_so_by_itself_and_then_shows_what_has_changed(hub: Owned, shown: Browser) -> None:
    name, light = come_in(hub, shown), hub.device("light")
    shown.language("zh-Hans")
    shown.open("/")
    hub.put_out(name)
    shown.reads(tongue("zh-Hans")("login.expired"))
    hub.call("name", device=light, name="Renamed meanwhile")
    assert "Renamed meanwhile" not in shown.text()
    code, _ = hub.login("Somebody")
    shown.one("#way-in input").send_keys("WRNG-CODE")
    shown.press("#way-in [type=submit]")
    shown.reads(tongue("zh-Hans")("login.wrong"))
    shown.one("#way-in input").clear()
    shown.one("#way-in input").send_keys(code)
    shown.press("#way-in [type=submit]")
    shown.reads("Renamed meanwhile")
    hub.call("name", device=light, name="")


def test_a_key_of_simple_mode_and_a_file_are_not_lost_without_a_word(hub: Owned, shown: Browser) -> None:
    name, light = come_in(hub, shown), hub.device("light")
    shown.open("/simple")
    before = hub.state(light)["power"]
    hub.put_out(name)
    shown.press("button.key")
    name = come_back(hub, shown)
    assert hub.state(light)["power"] is before
    shown.press("button.key")
    eventually(lambda: hub.state(light)["power"] is not before, "switched")
    shown.open("/system")
    shown.chrome.delete_all_cookies()
    shown.press("a[download='home.hulian']")
    come_back(hub, shown)
    hub.put_out(name)


def test_only_a_page_of_the_hub_itself_opens_a_websocket_of_the_pages(hub: Owned) -> None:
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    for base in (f"http://127.0.0.1:{hub.port}", hub.outside):
        target = f"{base.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
        secure = anybody if target.startswith("wss") else None
        with connect(target, origin=Origin(base), ssl=secure) as socket:
            assert str(socket.recv()).startswith("0{"), "it is let in"
        for foreign in ("https://evil.example", base.replace("http", "https") if secure is None else base.replace("https", "http")):
            with pytest.raises(InvalidStatus):
                connect(target, origin=Origin(foreign), ssl=secure)


def test_who_comes_back_in_another_role_gets_the_page_of_that_role(hub: Owned, shown: Browser) -> None:
    name = come_in(hub, shown)
    shown.open("/add")
    push(shown, say("add.client.open"))
    hub.put_out(name)
    come_back(hub, shown, "viewer")
    shown.reads(say("add.owner"))


def test_fields_outlive_a_hub_that_starts_again_but_no_key_is_kept_in_the_browser(hub: Owned, shown: Browser) -> None:
    come_in(hub, shown)
    light = hub.device("light")
    shown.open(f"/device/{light}")
    type_into(shown, "name", "Half a na")
    hub.process.terminate()
    hub.process.wait(30)
    shown.reads("Connection lost")
    hub.start()
    shown.reads(say("draft.brought"))
    reads(shown, "name", "Half a na")
    shown.open("/add")
    for words in (LIST, KEYED):
        type_into(shown, "list", words)
        shown.chrome.refresh()
        shown.one("h1")
        eventually(lambda: shown.chrome.execute_script("return window.did_handshake"), "drawn anew")
        if words == LIST:
            reads(shown, "list", words)
    assert "0123456789abcdef" not in str(shown.chrome.execute_script("return JSON.stringify({...sessionStorage, ...localStorage})"))
    shown.open(f"/device/{light}")
    reads(shown, "name", "Half a na")
    shown.open("/system")
    push(shown, say("visitor.leave"))
    eventually(lambda: "/login" in shown.chrome.current_url, "logged out")
    assert "hulian-draft" not in str(shown.chrome.execute_script("return JSON.stringify(sessionStorage)"))


def test_a_login_that_ended_while_the_hub_was_away_leads_back_to_where_one_was(hub: Owned, shown: Browser) -> None:
    name = come_in(hub, shown)
    shown.open("/scene/cosy")
    type_into(shown, "given.level", "63")
    hub.put_out(name)
    shown.chrome.refresh()
    shown.one("#code")
    code, _ = hub.login("Again")
    hub.process.terminate()
    hub.process.wait(30)
    shown.one("#code").send_keys(code)
    shown.push(say("login.do"))
    shown.reads(say("login.away"))
    hub.start()
    shown.one("#code").clear()
    shown.one("#code").send_keys(hub.login("Once more")[0])
    shown.push(say("login.do"))
    reads(shown, "given.level", "63")
