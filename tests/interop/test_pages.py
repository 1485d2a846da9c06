"""The pages as people use them: a real browser on a running demo, in both languages, on a phone and on a desk."""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from gateway.faces.web.phrases import tongue
from tests.kit.browser import AXE, Browser, browser, eventually
from tests.kit.demo import Demo, start_demo, stop
from tests.kit.relay import Relay, relay

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("pages"), pytest.mark.timeout(240)]
SCENE = """scene: cosy
names: {en: Cosy evening, zh-Hans: 温馨夜晚}
steps:
  - select: {kind: light}
    set: {power: true}
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = start_demo(tmp_path_factory.mktemp("demo"), "--speed", "60")
    yield running
    assert stop(running.process) == 0


@pytest.fixture(scope="module")
def line(demo: Demo) -> Iterator[Relay]:
    assert demo.ready["http"], "the pages are on"
    with relay(urlsplit(demo.ready["http"]).port or 80) as made:
        yield made


@pytest.fixture(scope="module")
def shown(demo: Demo, line: Relay) -> Iterator[Browser]:
    demo.call("scene-import", text=SCENE)
    with browser(f"http://127.0.0.1:{line.port}") as made:
        yield made


@pytest.fixture(autouse=True)
def in_english(shown: Browser) -> None:
    shown.language("en")
    shown.size("desktop")
    shown.light("light")
    shown.complaints()


def pages(demo: Demo) -> tuple[str, ...]:
    return (
        *("/", f"/device/{demo.device('air-conditioner')}", "/scenes", "/scene/cosy", "/scenes/new", "/energy", "/add", "/simple"),
        *("/system", "/vendor", "/login"),
    )


def put(demo: Demo, device: str, name: str, value: object) -> None:
    told = demo.call("command", device=device, operation="writeproperty", name=name, input=value)
    assert told["state"] == "completed", told


@pytest.mark.parametrize(("language", "size", "light"), [("en", "desktop", "light"), ("zh-Hans", "phone", "dark")])
def test_nobody_is_kept_out_of_any_page(demo: Demo, shown: Browser, language: str, size: str, light: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make interop")
    shown.language(language)
    shown.size(size)
    shown.light(light)
    for path in pages(demo):
        shown.open(path)
        shown.chrome.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert shown.grave_findings() == [], path
        assert shown.complaints() == [], path
        assert shown.chrome.execute_script("return document.documentElement.lang").startswith(language[:2])
        wide = shown.chrome.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is wider than the screen"


def test_an_appliance_is_set_and_shows_it_only_once_it_is_so(demo: Demo, shown: Browser) -> None:
    device = demo.device("air-conditioner")
    shown.open(f"/device/{device}")
    power = shown.labelled("Power")
    if power.get_attribute("aria-checked") != "true":
        power.click()
        eventually(lambda: shown.labelled("Power").get_attribute("aria-checked") == "true", "the switch says on")
    assert demo.state(device)["power"] is True
    Select(shown.labelled("Operating mode")).select_by_visible_text("Cool")
    eventually(lambda: demo.state(device)["mode"] == "cool", "cool")
    before = demo.state(device)["targetTemperature"]
    shown.labelled("Target temperature: more").click()
    shown.labelled("Target temperature: more").click()
    eventually(lambda: demo.state(device)["targetTemperature"] == before + 1, "two presses are one degree")
    shown.reads(f"{before + 1:.1f} °C")


def test_a_refusal_says_why_and_clears_the_way(demo: Demo, shown: Browser) -> None:
    device = demo.device("air-conditioner")
    put(demo, device, "power", True)
    put(demo, device, "mode", "fan")
    shown.open(f"/device/{device}")
    shown.labelled("Target temperature: more").click()
    shown.reads("A temperature can be set in automatic, cooling and heating mode.")
    shown.reads("Possible once: Operating mode is Auto or Cool or Heat")
    shown.push("Set Operating mode to Auto first")
    eventually(lambda: demo.state(device)["mode"] == "auto", "the way is clear")


def test_a_scene_is_run_followed_and_undone(demo: Demo, shown: Browser) -> None:
    light = demo.device("light")
    put(demo, light, "power", False)
    shown.open("/scene/cosy")
    shown.push("Run")
    shown.reads("Done: all 1 as wanted")
    assert demo.state(light)["power"] is True
    shown.push("Undo")
    eventually(lambda: demo.state(light)["power"] is False, "taken back")
    shown.reads("Taken back")


def test_a_scene_is_checked_as_one_types(shown: Browser) -> None:
    shown.open("/scenes/new")
    area = shown.one("textarea")
    area.clear()
    area.send_keys("scene: bad\nsteps:\n  - select: {kind: lihgt}\n    set: {power: true}\n")
    shown.reads("did you mean light")
    assert shown.button("Save").get_attribute("disabled")
    assert "lihgt" in str(shown.chrome.execute_script("return document.querySelector('textarea').value"))


def test_a_device_that_fails_is_told_while_its_page_is_open(demo: Demo, shown: Browser) -> None:
    device, unit = demo.device("set-top-box"), demo.unit("set-top-box")
    shown.open(f"/device/{device}")
    shown.reads("online")
    demo.simulator(do="fault", unit=unit, code="SENSOR.TEMPERATURE")
    shown.one(".notice[role=alert]")
    demo.simulator(do="power", unit=unit, state="off")
    shown.reads("a command would be refused")
    shown.open("/")
    shown.reads("Needs attention")
    demo.simulator(do="fault", unit=unit, code="SENSOR.TEMPERATURE", clear=True)
    demo.simulator(do="power", unit=unit, state="on")


def test_a_lost_connection_is_said_and_what_is_typed_stays(demo: Demo, shown: Browser, line: Relay) -> None:
    light = demo.device("light")
    shown.open(f"/device/{light}")
    name = shown.one("input[maxlength='64']")
    name.clear()
    name.send_keys("Lamp of the hall")
    line.cut()
    shown.reads("Connection lost")
    line.mend()
    shown.reads("Connected again")
    assert shown.one("input[maxlength='64']").get_attribute("value") == "Lamp of the hall"
    put(demo, light, "power", True)
    eventually(lambda: shown.labelled("Power").get_attribute("aria-checked") == "true", "it is live again")


def test_what_is_pressed_before_the_page_is_connected_is_done_once(demo: Demo, shown: Browser) -> None:
    light = demo.device("light")
    pressed = """
        const pressing = setInterval(() => {
            const it = document.querySelector("[role=switch][aria-label=Power]");
            if (!it) return;
            clearInterval(pressing);
            it.click();
            window.early = [window.did_handshake, it.getAttribute("aria-busy")];
        }, 1);
    """
    script = shown.chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": pressed})
    slow = {"offline": False, "latency": 200, "downloadThroughput": -1, "uploadThroughput": -1}
    shown.chrome.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    try:
        for wanted in (True, False, True):
            put(demo, light, "power", not wanted)
            shown.open(f"/device/{light}")
            eventually(partial(_is, demo, light, wanted), "done")
            assert shown.chrome.execute_script("return window.early") == [False, "true"], "pressed early, and it showed"
            shown.reads("online")
            assert demo.state(light)["power"] is wanted, "and once"
    finally:
        shown.chrome.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "latency": 0})
        shown.chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def _is(demo: Demo, light: str, wanted: bool) -> bool:
    return demo.state(light)["power"] is wanted


def test_what_is_pressed_while_the_connection_is_lost_is_refused_and_said(demo: Demo, shown: Browser, line: Relay) -> None:
    light = demo.device("light")
    put(demo, light, "power", False)
    shown.open(f"/device/{light}")
    line.cut()
    shown.reads("Connection lost")
    shown.labelled("Power").click()
    shown.reads("Not done: the hub cannot be reached now")
    line.mend()
    shown.reads("Connected again")
    shown.labelled("Power").click()
    eventually(lambda: demo.state(light)["power"] is True, "the press after it is the one that counts")


def test_a_press_that_nobody_hears_is_said_so_and_one_that_is_heard_is_not(demo: Demo, shown: Browser) -> None:
    light = demo.device("light")
    put(demo, light, "power", False)
    shown.open(f"/device/{light}")
    shown.labelled("Power").click()
    eventually(lambda: demo.state(light)["power"] is True, "heard and done")
    shown.chrome.execute_script("const wire = window.socket.io.engine.transport; wire.doWrite = wire.ws.send = () => {}")
    shown.labelled("Power").click()
    shown.reads("it is not known whether this was done")
    assert shown.text().count("it is not known whether this was done") == 1
    assert demo.state(light)["power"] is True


def arranged(shown: Browser, device: str, **how: str) -> None:
    """Arrange an appliance as another page would: the cards of its room are drawn anew."""
    asked = "{method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(arguments[1])}"
    arrange = f"return fetch(arguments[0], {asked}).then((answer) => answer.status)"
    assert shown.chrome.execute_script(arrange, f"/api/v1/devices/{device}", how) < 300


def redrawn(shown: Browser, demo: Demo, css: str) -> None:
    """Have the plug come into the hall, and wait until what stands there is not what stood there."""
    shown.chrome.execute_script("window.was = document.querySelector(arguments[0])", css)
    arranged(shown, demo.device("plug"), room="hall")
    eventually(lambda: shown.chrome.execute_script("return !window.was.isConnected && !!document.querySelector(arguments[0])", css), "anew")


def finger(shown: Browser, css: str) -> dict[str, Callable[[], object]]:
    """Return what puts a finger or a mouse down on the middle of this, and what lifts it."""
    middle = "const at = arguments[0].getBoundingClientRect(); return [at.left + at.width / 2, at.top + at.height / 2]"
    found = shown.one(css)
    shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    x, y = shown.chrome.execute_script(middle, found)

    def mouse(kind: str) -> object:
        return shown.chrome.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})

    def touch(kind: str, *points: dict[str, float]) -> object:
        return shown.chrome.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return {
        "mouse down": partial(mouse, "mousePressed"),
        "mouse up": partial(mouse, "mouseReleased"),
        "finger down": partial(touch, "touchStart", {"x": x, "y": y}),
        "finger up": partial(touch, "touchEnd"),
    }


@pytest.fixture
def lit_hall(demo: Demo, shown: Browser) -> Iterator[str]:
    """The switch of a light on the home page, in a room that changes."""
    light = demo.device("light")
    shown.open("/")
    arranged(shown, light, room="hall")
    put(demo, light, "power", False)
    shown.reads("Hall")
    yield f"article:has([href='/device/{light}']) [role=switch]"
    for device in (light, demo.device("plug")):
        arranged(shown, device, room="")


@pytest.mark.parametrize("means", ["mouse", "finger"])
def test_a_press_on_what_is_drawn_anew_under_it_is_said_not_to_be_done(demo: Demo, shown: Browser, lit_hall: str, means: str) -> None:
    if means == "finger":
        shown.size("phone")
    pressing = finger(shown, lit_hall)
    pressing[f"{means} down"]()
    redrawn(shown, demo, lit_hall)
    pressing[f"{means} up"]()
    shown.reads(tongue("en")("press.anew"))
    assert demo.state(demo.device("light"))["power"] is False
    shown.press(lit_hall)
    eventually(lambda: demo.state(demo.device("light"))["power"] is True, "the next press counts")


def test_a_press_whose_button_the_hub_has_drawn_anew_meanwhile_is_said_not_to_be_done(demo: Demo, shown: Browser, lit_hall: str) -> None:
    wire = "const wire = window.socket.io.engine.transport.ws, hear = wire.onmessage"
    late = f"{wire}; wire.onmessage = (heard) => setTimeout(hear, 1500, heard)"
    shown.chrome.execute_script(late)
    arranged(shown, demo.device("plug"), room="hall")
    time.sleep(0.8)  # the hub draws it anew; the page hears of it later
    shown.chrome.execute_script("document.querySelector(arguments[0]).click()", lit_hall)
    shown.reads(tongue("en")("press.anew"))
    assert demo.state(demo.device("light"))["power"] is False


def test_a_press_that_is_taken_away_on_purpose_says_nothing(shown: Browser, lit_hall: str) -> None:
    pressing = finger(shown, lit_hall)
    pressing["mouse down"]()
    shown.chrome.execute_script("document.querySelector(arguments[0]).remove()", lit_hall)
    shown.chrome.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseReleased", "x": 1, "y": 1, "button": "left", "clickCount": 1})
    time.sleep(0.3)
    assert tongue("en")("press.anew") not in shown.text()


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_was_pressed_on_a_page_that_never_came_to_be_connected_is_asked_for_again(shown: Browser, language: str) -> None:
    shown.language(language)
    shown.open("/energy")
    shown.chrome.execute_script("window.did_handshake = false; document.body.append(document.createElement('button'))")
    shown.chrome.execute_script("document.querySelector('body > button').click()")
    shown.chrome.refresh()
    shown.reads(tongue(language)("press.missed"))
    shown.open("/energy")
    assert tongue(language)("press.missed") not in shown.text()


def test_a_name_is_shown_as_it_was_written(demo: Demo, shown: Browser) -> None:
    plug = demo.device("plug")
    shown.open(f"/device/{plug}")
    for nasty in ('<img src=x onerror="document.title=1">', "../../{{ 7*7 }}", "`${document.title=2}`"):
        demo.call("name", device=plug, name=nasty)
        for path in ("/", f"/device/{plug}", "/energy"):
            shown.open(path)
            shown.reads(nasty)
            assert shown.chrome.title not in {"1", "2"}
            assert not shown.chrome.find_elements(By.CSS_SELECTOR, "img[src=x]")
    demo.call("name", device=plug, name="")


def test_simple_mode_calls_for_help_and_shows_who_has_seen_it(demo: Demo, shown: Browser) -> None:
    shown.size("phone")
    shown.open("/simple")
    shown.press(".key.sos")
    if AXE.is_file():
        shown.one("[role=alertdialog]")
        assert shown.grave_findings() == [], "the question"
    shown.press("[role=alertdialog] .button.danger")
    shown.reads("Nobody has answered yet")
    shown.open("/energy")
    shown.reads("calls for help")
    shown.open("/")
    shown.reads("Needs attention")
    shown.push("I have seen it")
    eventually(lambda: not demo.call("alerts", waiting=True), "answered")
    shown.open("/simple")
    shown.reads("has seen your call")
    shown.press(".key.sos")
    shown.press("[role=alertdialog] .button.danger")
    shown.push("I am fine, take the call back")
    shown.reads("You have taken your call back")


HEARD = "window.heard = []; window.hulian.say = (words) => heard.push(words); speechSynthesis.speak = (said) => heard.push(said.text)"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("height", [844, 640, 568, 390])
def test_simple_mode_has_six_keys_and_nothing_of_it_stays_under_the_call_for_help(shown: Browser, language: str, height: int) -> None:
    shown.language(language)
    width = {844: 390, 640: 360, 568: 320, 390: 844}[height]
    told = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
    shown.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
    shown.open("/simple")
    shown.button("Cosy evening" if language == "en" else "温馨夜晚")
    assert len(shown.chrome.find_elements(By.CSS_SELECTOR, ".key:not(.half), .halves")) == 6
    if height != 844:  # the whole of it fits a phone of today; on a smaller one its end is scrolled to
        shown.chrome.execute_script("scrollTo(0, document.documentElement.scrollHeight)")
    bottom = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom"
    top = "return document.querySelector('.help').getBoundingClientRect().top"
    assert shown.chrome.execute_script(bottom, "footer") <= shown.chrome.execute_script(top), "the way to all pages"
    broken = "return [...document.querySelectorAll('.half .grow > span:first-child')].filter((each) => each.offsetHeight > 48).length"
    assert shown.chrome.execute_script(f"{broken} + (document.documentElement.scrollWidth > innerWidth)") == 0


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_simple_mode_sets_the_temperature_with_the_halves_of_a_large_key(demo: Demo, shown: Browser, language: str) -> None:
    say, device = tongue(language), demo.device("air-conditioner")
    for name, value in {"power": True, "mode": "cool", "targetTemperature": 26}.items():
        put(demo, device, name, value)
    shown.language(language)
    shown.size("phone")
    shown.open("/simple")
    shown.chrome.execute_script(HEARD)
    cooler, warmer = (shown.button(say(f"simple.{word}.targetTemperature")) for word in ("less", "more"))
    cooler.click()
    cooler.click()
    shown.reads(say("control.asked", value="25.0 °C"))
    eventually(lambda: demo.state(device)["targetTemperature"] == 25, "two presses are one degree")
    eventually(lambda: any("25.0 °C" in words for words in heard(shown)), "it is said aloud")
    spoken = [words for words in heard(shown) if say("simple.less.targetTemperature") in words]
    assert spoken, "the button says what it does"
    assert not [words for words in spoken if "remove" in words], "without the name of its icon"
    put(demo, device, "targetTemperature", 32)
    shown.reads("32.0 °C")
    warmer.click()
    eventually(lambda: say("simple.most", value="32.0 °C") in heard(shown), "the end of the range is said")
    if AXE.is_file():
        assert shown.grave_findings() == []


def test_simple_mode_says_why_a_temperature_cannot_be_set_and_offers_what_comes_first(demo: Demo, shown: Browser) -> None:
    device = demo.device("air-conditioner")
    for name, value in {"power": True, "mode": "cool", "targetTemperature": 26}.items():
        put(demo, device, name, value)
    put(demo, device, "mode", "fan")
    shown.size("phone")
    shown.open("/simple")
    shown.button("Cooler").click()
    shown.push("Cancel")
    shown.reads("A temperature can be set in automatic, cooling and heating mode.")
    shown.button("Cooler").click()
    shown.push("Set Operating mode to Auto first")
    eventually(lambda: demo.state(device)["targetTemperature"] == 25.5, "both were done")
    shown.reads("On · 25.5 °C")
    put(demo, device, "mode", "cool")


def heard(shown: Browser) -> list[str]:
    return list(shown.chrome.execute_script("return window.heard"))


def test_the_language_is_remembered(shown: Browser) -> None:
    shown.open("/")
    shown.labelled("中文 (show this in Chinese)").click()
    shown.reads("首页")
    shown.open("/energy")
    shown.reads("能耗")
    shown.labelled("English (切换为英文)").click()
    shown.reads("Energy")
    shown.chrome.delete_all_cookies()


def test_the_vendor_desk_judges_and_hands_out_the_report(demo: Demo, shown: Browser) -> None:
    shown.open("/vendor")
    picked = Select(shown.one("select"))
    picked.select_by_value(demo.device("light"))
    tests = shown.one("input[placeholder]")
    tests.send_keys("T")
    shown.push("Run the suite")
    report = eventually(lambda: next(iter(shown.chrome.find_elements(By.CSS_SELECTOR, "a[href$='report.html']")), None), "a report")
    said = "['content-type', 'content-disposition'].map((name) => answer.headers.get(name))"
    asked = f"return fetch(arguments[0]).then((answer) => [answer.status, ...{said}])"
    status, kind, named = shown.chrome.execute_script(asked, report.get_attribute("href"))
    assert (status, kind.split(";")[0]) == (200, "text/html")
    assert re.search(r'filename="[^"]+_\d{4}-\d\d-\d\d-\d{4}_[a-z-]+_report\.html"', named), named


def test_what_a_foreign_page_may_not_do_is_in_the_headers(shown: Browser) -> None:
    asked = "return fetch('/').then((answer) => answer.headers.get('content-security-policy'))"
    shown.open("/login")
    policy = str(shown.chrome.execute_script(asked))
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy


def test_what_is_typed_outlives_the_page(shown: Browser) -> None:
    shown.open("/scenes/new")
    area = shown.one("textarea")
    area.clear()
    area.send_keys("scene: kept\n# and not lost")
    shown.chrome.refresh()
    kept = "return document.querySelector('textarea')?.value ?? ''"
    eventually(lambda: "and not lost" in shown.chrome.execute_script(kept), "what was typed")
    shown.chrome.execute_script("sessionStorage.clear()")


def test_nothing_moves_under_a_finger_while_a_change_is_waited_for(demo: Demo, shown: Browser) -> None:
    device = demo.device("air-conditioner")
    shown.size("phone")
    shown.open(f"/device/{device}")
    shown.labelled("Power")
    watched = """
        const seen = (window.seen = new Set());
        const look = () => {
            seen.add(Math.round(document.querySelector("[aria-label='Target temperature: less']").getBoundingClientRect().top + scrollY));
            requestAnimationFrame(look);
        };
        look();
    """
    shown.chrome.execute_script(watched)
    before = demo.state(device)["power"]
    shown.labelled("Power").click()
    eventually(lambda: demo.state(device)["power"] is not before, "it is switched")
    eventually(lambda: not shown.chrome.find_elements(By.CSS_SELECTOR, "[aria-busy=true]"), "nothing is waited for")
    assert len(shown.chrome.execute_script("return [...window.seen]")) == 1


@pytest.mark.parametrize(("language", "left"), [("en", "You are logged out"), ("zh-Hans", "您已退出登录")])
def test_where_no_login_is_needed_the_page_after_logging_out_says_so(demo: Demo, shown: Browser, language: str, left: str) -> None:
    say = tongue(language)
    code = demo.call("login", name="Kitchen panel", role="viewer")
    assert code["open"], "a demo is open to its own machine"
    shown.language(language)
    shown.chrome.get(f"{shown.base}/login#code={code['code']}")
    eventually(lambda: "/login" not in shown.chrome.current_url, "logged in")
    shown.open("/system")
    shown.reads("Kitchen panel")
    shown.push(say("visitor.leave"))
    shown.reads(left)
    shown.reads(say("login.open"))
    shown.push(say("login.onward"))
    shown.open("/system")
    shown.reads(say("visitor.local"))


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_vendor_desk_says_that_a_hurried_demo_is_not_to_be_judged(shown: Browser, language: str) -> None:
    say = tongue(language)
    shown.language(language)
    shown.open("/vendor")
    shown.reads(say("vendor.hurried"))
    Select(shown.one("select")).select_by_visible_text(say("vendor.simulated"))
    eventually(lambda: say("vendor.hurried") not in shown.text(), "one that is started here keeps real time")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_log_calls_appliances_by_their_names_under_the_day(demo: Demo, shown: Browser, language: str) -> None:
    say, light = tongue(language), demo.device("light")
    demo.call("name", device=light, name="Lamp of grandmother")
    shown.language(language)
    shown.open("/")
    asked = "{method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name: 'Lamp of grandmother'})}"
    arrange = f"return fetch(arguments[0], {asked}).then((answer) => answer.status)"
    assert shown.chrome.execute_script(arrange, f"/api/v1/devices/{light}") < 300
    shown.open("/system")
    shown.reads(f"{say('log.what.arranged')} · {say('who.local')} · Lamp of grandmother")
    assert shown.one("#log .row[class] [title]").get_attribute("title")
    assert shown.one("#log h3.day").text.startswith(say("day.today", date="").strip(" ,"))
    demo.call("name", device=light, name="")


def test_simple_mode_is_left_on_purpose_only_and_where_wanted_every_visit_begins_there(shown: Browser) -> None:
    shown.open("/simple")
    shown.press("[data-switch=start]")
    shown.chrome.get(f"{shown.base}/")
    shown.reads("Call for help")
    shown.push("All pages")
    shown.push("Cancel")
    assert shown.chrome.current_url.endswith("/simple")
    shown.push("All pages")
    shown.press("[role=alertdialog] .button.danger")
    eventually(lambda: shown.chrome.current_url == f"{shown.base}/", "all pages")


def test_a_page_that_is_not_there_says_so_and_leads_on(shown: Browser) -> None:
    shown.language("zh-Hans")
    shown.chrome.get(f"{shown.base}/nothing")
    shown.reads("此处没有内容")
    shown.complaints()
    shown.push("首页")
    eventually(lambda: shown.chrome.current_url == f"{shown.base}/", "the home")
