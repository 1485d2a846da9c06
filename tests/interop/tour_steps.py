"""The steps of the tour, in the order of docs/tour.md: each does what its sentence there says, and makes sure that it is true.

What the page shows is looked up behind it as well: on MQTT, over HTTP, in the file that was downloaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selenium.webdriver.common.by import By

from gateway.faces.web.builtins import ready_scenes
from tests.interop.visit import Visit
from tests.kit.browser import eventually

SCENE = """\
scene: reading
names: {en: Reading, zh-Hans: 阅读}
steps:
  - select: {kind: light}
    set: {power: true, brightness: 60}
  - select: {kind: uhd-tv}
    set: {power: false}
"""
MISTAKEN = SCENE.replace("light", "lihgt")
FAULT = "WATER.DRAIN-FULL"
COMPLAINT = {"en": "Condensate does not drain", "zh-Hans": "冷凝水排水不畅"}
REMEDY = {"en": "Clear the drain hose", "zh-Hans": "请疏通排水管"}
PHONE = {"en": "Second phone", "zh-Hans": "第二部手机"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `height` of the screen it is seen on, in the screen's own pixels."""

    take: Callable[[Visit], None]
    size: str = "phone"
    height: int = 720

    @property
    def name(self) -> str:
        """Return what its picture is called."""
        return self.take.__name__.replace("_", "-")


def home(visit: Visit) -> None:
    """Everything that was found, by room."""
    visit.shown.open("/")
    visit.reads("home.well")
    devices = visit.hub("/devices")
    visit.reads("home.count", online=len(devices), all=len(devices))


def air_conditioner(visit: Visit) -> None:
    """The air conditioner is switched on and set to 26."""
    device = visit.demo.device("air-conditioner")
    visit.follow(f"/device/{device}")
    power = visit.title(device, "power")
    visit.shown.labelled(power).click()
    eventually(lambda: visit.shown.labelled(power).get_attribute("aria-checked") == "true", "the air conditioner says that it is on")
    colder = visit.shown.labelled(visit.say("control.less", title=visit.title(device, "targetTemperature")))
    for _ in range(4):
        colder.click()
    visit.sees(r"26\.0 °C")
    eventually(lambda: visit.heard(visit.demo.topic(device, "p/targetTemperature")) == 26, "26 on MQTT")
    assert visit.hub(f"/devices/{device}/properties/targetTemperature") == 26
    assert visit.hub(f"/devices/{device}/properties/power") is True


def scene_plan(visit: Visit) -> None:
    """A scene that comes along is taken into the home."""
    visit.shown.open("/")
    visit.follow("/scenes")
    visit.reads("scenes.builtin")
    visit.called("scenes.take", leaving(visit))
    visit.arrives("/scene/leaving")
    visit.reads("scene.norun")


def scene_run(visit: Visit) -> None:
    """It is run, and every appliance says what became of it."""
    visit.push("scene.run")
    lines = ran(visit)
    visit.reads("scene.good", all=len(lines))
    assert {line["outcome"] for line in lines} <= {"done", "already"}
    assert visit.heard(visit.demo.topic(visit.demo.device("air-conditioner"), "p/power")) is False
    assert visit.hub(f"/devices/{visit.demo.device('light')}/properties/power") is False


def scene_undone(visit: Visit) -> None:
    """It is taken back, and everything is as it was."""
    visit.push("scene.undo")
    visit.reads("scene.back")
    visit.reads("scene.back", all=len(ran(visit)))
    device = visit.demo.device("air-conditioner")
    eventually(lambda: visit.heard(visit.demo.topic(device, "p/power")) is True, "on again")
    assert visit.hub(f"/devices/{device}/properties/targetTemperature") == 26


def trouble(visit: Visit) -> None:
    """Two appliances fail: Home says so first."""
    visit.demo.simulator(do="fault", unit=visit.demo.unit("air-conditioner"), code=FAULT)
    visit.demo.simulator(do="power", unit=visit.demo.unit("set-top-box"), state="off")
    visit.shown.open("/")
    visit.reads("home.wrong")
    visit.reads("trouble.offline")
    visit.sees(COMPLAINT[visit.say.language])
    devices = len(visit.hub("/devices"))
    visit.reads("home.count", online=devices - 1, all=devices)


def fault(visit: Visit) -> None:
    """One touch on it tells what it is and what to do."""
    visit.follow(f"/device/{visit.demo.device('air-conditioner')}")
    visit.sees(REMEDY[visit.say.language])
    visit.sees(FAULT)


def offline(visit: Visit) -> None:
    """One without mains says that it cannot be reached, and that a command would be refused."""
    visit.shown.open("/")
    visit.follow(f"/device/{visit.demo.device('set-top-box')}")
    visit.reads("control.offline")


def scene_mistaken(visit: Visit) -> None:
    """A scene is written; a mistake is told with its line as one types."""
    mend(visit)
    visit.shown.open("/scenes")
    visit.follow("/scenes/new")
    visit.type("scene.text", MISTAKEN)
    visit.reads("scene.line", n=4)
    visit.sees(r"4\b.*\blight\b", "line 4, and what was meant")
    assert visit.shown.button(visit.say("save")).get_attribute("disabled")
    visit.show(visit.field("scene.text"))


def scene_rehearsed(visit: Visit) -> None:
    """Put right, it is saved, and played on a copy of the home before anything moves."""
    visit.type("scene.text", SCENE)
    visit.reads("scene.checked")
    visit.push("save")
    visit.reads("scene.plan")
    before = visit.hub(f"/devices/{visit.demo.device('light')}/properties/brightness")
    visit.push("scene.rehearse")
    visit.reads("scene.rehearsed")
    assert visit.demo.call("scene-text", scene="reading")["text"] == SCENE
    assert before != 60
    assert visit.hub(f"/devices/{visit.demo.device('light')}/properties/brightness") == before, "only the copy was moved"


def energy(visit: Visit) -> None:
    """What draws power now, the most first."""
    device = visit.demo.device("air-conditioner")
    visit.demo.simulator(do="advance", unit=visit.demo.unit("air-conditioner"), seconds=600)  # its compressor rests first
    eventually(lambda: max(drawn := powers(visit), key=lambda each: drawn[each]) == device, "the air conditioner cools")
    visit.follow("/energy")
    visit.reads("energy.by")
    first = "return document.querySelector(\"main a[href^='/device/']\").getAttribute('href')"
    eventually(lambda: visit.shown.chrome.execute_script(first) == f"/device/{device}", "what draws most stands first")


def conformance(visit: Visit) -> None:
    """An appliance is held against the standard, and the report is downloaded."""
    visit.follow("/vendor")
    device = visit.demo.device("light")
    visit.choose("vendor.pick", device)
    visit.type("vendor.tests", "T")
    visit.push("vendor.run")
    visit.reads("vendor.standing.incomplete")
    visit.press("a[href$='report.html']")
    report = visit.downloaded(".html").read_text(encoding="utf-8")
    assert report.lstrip().lower().startswith("<!doctype html")
    assert device in report
    visit.shown.chrome.execute_script("window.scrollTo(0, 0)")


def report(visit: Visit) -> None:
    """The report, as a laboratory reads it."""
    visit.shown.chrome.get(visit.downloaded(".html").as_uri())
    visit.touch({"en": "English", "zh-Hans": "中文"}[visit.say.language])
    visit.sees(visit.demo.device("light"))


def simple(visit: Visit) -> None:
    """Large buttons for everyday, and a call for help."""
    visit.shown.open("/simple")
    visit.reads("simple.sos")
    assert len(visit.shown.chrome.find_elements(By.CSS_SELECTOR, ".key:not(.half), .halves")) <= 6


def sos(visit: Visit) -> None:
    """Help is called: every page says so at once."""
    visit.press("button.sos")
    visit.press("[role=alertdialog] button.danger")
    visit.reads("simple.sos.sent")
    for path in ("/energy", "/"):
        visit.shown.open(path)
        visit.reads("alerts.seen")


def sos_seen(visit: Visit) -> None:
    """Somebody has seen it, and who called can see that."""
    visit.push("alerts.seen")
    eventually(lambda: not visit.demo.call("alerts", waiting=True), "nobody waits")
    visit.shown.open("/simple")
    visit.reads("simple.sos.acknowledged")


def code(visit: Visit) -> None:
    """A second phone asks for a one-time code."""
    made = visit.hulian("login", "--name", PHONE[visit.say.language])
    visit.shown.open("/login")
    visit.type("login.code", made["code"])


def clients(visit: Visit) -> None:
    """It is in, as itself; who may come in stands under System, and who shall not any more is put out there."""
    visit.push("login.do")
    eventually(lambda: "/login" not in visit.shown.chrome.current_url, "the page behind it")
    eventually(lambda: visit.browser_asks("/session").get("title") == PHONE[visit.say.language], "logged in")
    assert visit.browser_asks("/session")["role"] == "user"
    visit.shown.chrome.delete_all_cookies()
    visit.shown.open("/system")
    visit.sees(PHONE[visit.say.language])
    visit.show(visit.heading(visit.say("system.clients")))


TOUR = (
    Step(home, height=844),
    Step(air_conditioner, height=700),
    Step(scene_plan),
    Step(scene_run, height=900),
    Step(scene_undone, height=900),
    Step(trouble, height=560),
    Step(fault, height=520),
    Step(offline, height=520),
    Step(scene_mistaken, "desktop", 560),
    Step(scene_rehearsed, "desktop", 640),
    Step(energy, "desktop", 640),
    Step(conformance, "desktop", 820),
    Step(report, "desktop", 640),
    Step(simple, height=1000),
    Step(sos, height=480),
    Step(sos_seen, height=1000),
    Step(code, height=420),
    Step(clients, "desktop", 420),
)


def leaving(visit: Visit) -> str:
    """Return what the scene that comes along is called."""
    return visit.say.either(next(each.names for each in ready_scenes() if each.scene == "leaving"))


def ran(visit: Visit) -> list[dict[str, Any]]:
    """Return what the newest run says of each appliance, once it has ended."""

    def newest() -> list[dict[str, Any]]:
        return [report["lines"] for report in visit.demo.call("scene-reports", scene="leaving")[:1] if report["ended"]]

    return list(eventually(newest, "the run's end")[0])


def powers(visit: Visit) -> dict[str, float]:
    """Return what each appliance draws, in watts."""
    states = {each["id"]: visit.demo.state(each["id"]) for each in visit.demo.call("devices")["devices"]}
    return {device: state["powerDraw"] for device, state in states.items() if "powerDraw" in state}


def mend(visit: Visit) -> None:
    """Put right what was made to fail."""
    visit.demo.simulator(do="fault", unit=visit.demo.unit("air-conditioner"), code=FAULT, clear=True)
    visit.demo.simulator(do="power", unit=visit.demo.unit("set-top-box"), state="on")
