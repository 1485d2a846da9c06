"""What somebody who has never seen the pages stumbles over: small screens, appliances that go, advice that helps nothing."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.support.select import Select

from gateway.faces.web.phrases import tongue
from tests.kit.browser import Browser, browser, eventually
from tests.kit.demo import Demo, start_demo, stop
from tests.kit.home import write_home

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("stranger"), pytest.mark.timeout(240)]
UNITS = (("light", "native"), ("plug", "native-coap"), ("air-conditioner", "midea-v2"), ("uhd-tv", "native-mqtt"), ("curtain", "native"))
NARROW = {"width": 320, "height": 568, "deviceScaleFactor": 1, "mobile": True}
"""The narrowest screen there is to be no scrolling to the side on: a small phone, or a desk's at four times the size."""
COVERED = """return [...document.querySelectorAll('.control')].flatMap((row) => {
  const title = row.firstElementChild.getBoundingClientRect();
  return [...row.querySelectorAll('button, select, input')].filter((each) => {
    const place = each.getBoundingClientRect();
    const across = place.left < title.left + row.firstElementChild.scrollWidth && place.right > title.left;
    return across && place.top < title.bottom && place.bottom > title.top;
  }).map((each) => each.getAttribute('aria-label') || each.tagName);
})"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    running = start_demo(folder, "--speed", "1", "--home", str(write_home(folder, UNITS)))
    yield running
    assert stop(running.process) == 0


@pytest.fixture(scope="module")
def shown(demo: Demo) -> Iterator[Browser]:
    with browser(str(demo.ready["http"])) as made:
        made.language("en")
        yield made


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_no_page_scrolls_to_the_side_on_the_smallest_screen(demo: Demo, shown: Browser, language: str) -> None:
    demo.call("scene-import", text="scene: cosy\nsteps:\n  - select: {kind: light}\n    set: {power: true}\n")
    shown.language(language)
    shown.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", NARROW)
    device = f"/device/{demo.device('air-conditioner')}"
    for path in ("/", device, "/scenes", "/scene/cosy", "/scenes/new", "/energy", "/add", "/simple", "/system", "/vendor"):
        shown.open(path)
        assert shown.chrome.execute_script("return document.documentElement.scrollWidth") <= NARROW["width"], path
        assert shown.chrome.execute_script(COVERED) == [], path


def test_the_page_of_an_appliance_that_is_removed_meanwhile_says_so(demo: Demo, shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.size("phone")
    device = demo.device("light")
    shown.open(f"/device/{device}")
    shown.reads(say("appliance.controls"))
    demo.call("forget", device=device)
    shown.reads(say("appliance.gone"))
    assert say("appliance.controls") not in shown.text()
    assert shown.complaints() == []


def test_the_page_of_a_scene_that_is_removed_meanwhile_says_so(demo: Demo, shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.size("phone")
    demo.call("scene-import", text="scene: brief\nsteps:\n  - select: {kind: plug}\n    set: {power: true}\n")
    shown.open("/scene/brief")
    shown.reads(say("scene.plan"))
    demo.call("scene-remove", scene="brief")
    shown.reads(say("scene.gone"))
    assert say("scene.plan") not in shown.text()
    shown.open("/scene/brief")
    shown.reads(say("scene.gone"))


def test_who_removes_a_scene_is_led_to_those_that_are_left(demo: Demo, shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.size("desktop")
    demo.call("scene-import", text="scene: brief\nsteps:\n  - select: {kind: plug}\n    set: {power: true}\n")
    shown.open("/scene/brief")
    shown.push(say("scene.remove"))
    shown.press("[role=alertdialog] .danger")
    eventually(lambda: shown.chrome.current_url.endswith("/scenes"), "the list of scenes")


def test_what_needs_a_hand_at_the_power_is_not_blamed_on_the_time(demo: Demo, shown: Browser) -> None:
    shown.language("en")
    shown.size("desktop")
    shown.open("/vendor")
    Select(shown.one("select")).select_by_value(demo.device("plug"))
    shown.one("input[placeholder]").send_keys("S4")
    shown.push(tongue("en")("vendor.run"))
    shown.reads("hulian conformance --control")


def test_what_is_in_the_home_is_called_there_as_everywhere_else(demo: Demo, shown: Browser) -> None:
    shown.language("en")
    shown.size("phone")
    plug, television = demo.device("plug"), demo.device("uhd-tv")
    demo.call("name", device=plug, name="Aquarium")
    shown.open("/add")
    shown.chrome.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    titles = shown.chrome.execute_script("return [...document.querySelectorAll('.trouble h3')].map((each) => each.innerText)")
    assert {"Aquarium", "Television"} <= set(titles)
    assert not {plug, television} & set(titles)
    assert ", –" not in shown.text()


def test_an_appliance_is_removed_on_its_page_only_after_somebody_agreed(demo: Demo, shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.size("desktop")
    device = demo.device("curtain")
    shown.open(f"/device/{device}")
    for agreed in (False, True):
        shown.push(say("appliance.remove.do"))
        shown.reads(say("appliance.remove.sure", name="Curtain"))
        shown.press("[role=alertdialog] .danger" if agreed else "[role=alertdialog] .button:not(.danger)")
        eventually(lambda: not shown.chrome.find_elements("css selector", "[role=alertdialog]"), "the question is answered")
        assert agreed or demo.device("curtain") == device
    shown.reads(say("appliance.gone"))
    assert shown.complaints() == []
    assert any(entry["what"] == "forgot" and entry["target"] == device for entry in demo.call("journal"))


def test_the_page_of_an_appliance_that_is_named_elsewhere_goes_by_that_name(demo: Demo, shown: Browser) -> None:
    shown.language("en")
    shown.size("desktop")
    shown.open(f"/device/{demo.device('plug')}")
    demo.call("name", device=demo.device("plug"), name="Fish tank")
    demo.call("room", device=demo.device("plug"), room="Larder")
    eventually(lambda: shown.one("h1").text == "Fish tank", "the heading is the new name")
    eventually(lambda: shown.chrome.title.startswith("Fish tank"), "so is the title")
    eventually(lambda: "Larder" in shown.one(".device.own").text, "and the room is the new one")
    eventually(lambda: "Larder" in shown.one(f"[aria-label='{tongue('en')('appliance.about')}'] dl").text, "in what is known about it, too")


def test_a_name_that_is_saved_is_said_to_be_and_one_that_cannot_be_says_why(demo: Demo, shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.size("phone")
    shown.open(f"/device/{demo.device('plug')}")
    for name, answer in (("left\u202eright", say("error.name")), ("Aquarium", say("saved"))):
        field = shown.one("[data-keep='name']")
        field.clear()
        field.send_keys(name)
        shown.push(say("save"))
        shown.reads(answer)
    eventually(lambda: shown.one("h1").text == "Aquarium", "it is called so at once")
    assert say("error.name") not in shown.text()
    shown.open(f"/device/{demo.device('plug')}")
    assert shown.one("[data-keep='name']").get_attribute("value") == "Aquarium"
    assert shown.complaints() == []


def test_energy_of_less_than_a_day_is_told_once_and_with_how_fast_a_demo_lives(shown: Browser) -> None:
    say = tongue("en")
    shown.language("en")
    shown.open("/energy")
    shown.reads(say("energy.hurried"))
    assert say("energy.day") in shown.text()
    assert say("energy.month") not in shown.text()
