"""What somebody who has never seen the pages stumbles over: small screens, appliances that go, advice that helps nothing."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.support.select import Select

from gateway.faces.web.phrases import tongue
from tests.kit.browser import Browser, browser
from tests.kit.demo import Demo, start_demo, stop

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("stranger"), pytest.mark.timeout(240)]
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
    running = start_demo(tmp_path_factory.mktemp("demo"), "--speed", "1")
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


def test_what_needs_a_hand_at_the_power_is_not_blamed_on_the_time(demo: Demo, shown: Browser) -> None:
    shown.language("en")
    shown.size("desktop")
    shown.open("/vendor")
    Select(shown.one("select")).select_by_value(demo.device("plug"))
    shown.one("input[placeholder]").send_keys("S4")
    shown.push(tongue("en")("vendor.run"))
    shown.reads("hulian conformance --control")
