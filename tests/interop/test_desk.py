"""What people arrange in a browser: the vendor desk with simulated appliances, lists, a replacement, a home as a file; and who may not."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from gateway.faces.web.phrases import tongue
from gateway.trust.certificate.paper import read_paper
from tests.kit.browser import AXE, Browser, browser, eventually
from tests.kit.demo import Demo, start_demo, stop
from tests.kit.trials import kept_run

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("pages"), pytest.mark.timeout(240)]
FETCHED = """const done = arguments[1];
fetch(arguments[0]).then((answer) => answer.arrayBuffer().then((body) => done([answer.status, ...new Uint8Array(body).slice(0, 4000)])))"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("desk")
    kept_run(data)
    running = start_demo(data, "--speed", "60")
    yield running
    assert stop(running.process) == 0


@pytest.fixture(scope="module")
def shown(demo: Demo) -> Iterator[Browser]:
    with browser(str(demo.ready["http"])) as made:
        yield made


@pytest.fixture(autouse=True)
def at_the_hub(shown: Browser) -> None:
    shown.chrome.delete_all_cookies()
    shown.language("en")
    shown.size("phone")
    shown.complaints()


def push(shown: Browser, words: str) -> None:
    """Press what says so, clear of the bar at the bottom of a phone."""

    def pushed() -> bool:
        found = shown.button(words)
        shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()
        return True

    eventually(pushed, words)


def choose(shown: Browser, label: str, value: str) -> None:
    """Choose in the list with this label, once it offers that."""

    def chosen() -> bool:
        found = shown.chrome.find_elements(By.XPATH, f"//label[normalize-space(.)={label!r}]/following-sibling::select")
        if not found or not found[0].is_displayed() or value not in {each.get_attribute("value") for each in Select(found[0]).options}:
            return False
        shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
        Select(found[0]).select_by_value(value)
        return True

    eventually(chosen, f"{value} in {label}")


def simulated(shown: Browser, *, twin: str = "", tests: str = "T1") -> None:
    """Begin a run on a simulated plug over CoAP."""
    shown.open("/vendor")
    choose(shown, "Appliance", "*")
    choose(shown, "What it speaks", "native-coap")
    choose(shown, "Built-in defect", twin)
    shown.one("input[placeholder]").send_keys(tests)
    push(shown, "Run the suite")


def fetched(shown: Browser, href: str) -> bytes:
    """Return the beginning of what a link downloads."""
    status, *content = shown.chrome.execute_async_script(FETCHED, href)
    assert status == 200
    return bytes(content)


def processes(words: str) -> list[int]:
    """Return the processes with these words in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words in line and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def come_in(demo: Demo, shown: Browser, role: str) -> str:
    """Log a new browser in and return its client."""
    told = demo.call("login", name=f"a {role}", role=role)
    shown.chrome.get(f"{shown.base}/login#code={told['code']}")
    eventually(lambda: "/login" not in shown.chrome.current_url, "logged in")
    return next(str(each["id"]) for each in demo.call("clients") if each["name"] == f"a {role}" and each["state"] == "valid")


def wholly_there(shown: Browser) -> None:
    if AXE.is_file():
        assert shown.grave_findings() == []
    assert shown.complaints() == []


def test_a_defect_is_judged_while_one_looks_also_after_a_reload_and_in_the_other_language(shown: Browser) -> None:
    simulated(shown, twin="td-without-title")
    shown.reads("checks")
    shown.language("zh-Hans")
    shown.open("/vendor")
    shown.reads("不符合")
    shown.reads("为何重要")
    shown.reads("有失败项")
    wholly_there(shown)
    links = {str(each.get_attribute("href")) for each in shown.chrome.find_elements(By.CSS_SELECTOR, "a[download]")}
    forms = {href.rpartition(".")[2]: href for href in links}
    assert set(forms) == {"html", "junit", "jsonl", "zip"}
    assert fetched(shown, forms["zip"]).startswith(b"PK")
    assert b'"titles"' in fetched(shown, forms["jsonl"])


def test_a_simulated_appliance_that_dies_ends_its_run_and_says_so(demo: Demo, shown: Browser) -> None:
    simulated(shown, tests="S")
    runs = f"{demo.data}/conformance"
    eventually(lambda: len(processes(runs)) > 1, "a simulator and a judge")
    for process in processes(f"--control {runs}"):
        if "firmware_sim.cli" in Path(f"/proc/{process}/cmdline").read_text():
            os.kill(process, signal.SIGKILL)
    shown.reads("ended in the middle of the run")
    shown.reads("broken off")
    assert processes(f"{demo.data}/conformance") == []


def test_a_run_is_stopped_and_leaves_nothing_behind(demo: Demo, shown: Browser) -> None:
    simulated(shown, tests="S")
    eventually(lambda: processes(f"{demo.data}/conformance"), "a simulator")
    push(shown, "Stop")
    shown.reads("It was stopped")
    assert processes(f"{demo.data}/conformance") == []


def test_the_run_of_before_is_opened_and_its_certificate_signed(shown: Browser) -> None:
    shown.open("/vendor")
    opening = "button[aria-label^='Show: Plug, simulated, 20']"
    eventually(lambda: len(shown.chrome.find_elements(By.CSS_SELECTOR, opening)) > 0, "the run of before")
    shown.chrome.execute_script("arguments[0].click()", shown.chrome.find_elements(By.CSS_SELECTOR, opening)[-1])
    shown.reads("All that is asked of this appliance was tried")
    push(shown, "Sign a certificate")
    shown.reads("Public key it is signed with")
    shown.reads("self-declared")
    hrefs = [str(each.get_attribute("href")) for each in shown.chrome.find_elements(By.CSS_SELECTOR, "a[href*='/certificate.']")]
    cose, jws, png = (next(href for href in hrefs if href.endswith(form)) for form in ("cose", "jws", "png"))
    papers = [read_paper(fetched(shown, cose)), read_paper(fetched(shown, jws).strip())]  # a signature may end in a blank
    assert all(paper.genuine() for paper in papers)
    assert fetched(shown, png).startswith(b"\x89PNG")
    assert papers[0].statement.number in shown.text()
    wholly_there(shown)


def test_a_list_is_checked_with_its_lines_then_taken_in(demo: Demo, shown: Browser, tmp_path: Path) -> None:
    light, missing = demo.device("light"), "native:nobody-here"
    (tmp_path / "bad.csv").write_text("unit,name,colour\nnative:x,Lamp,red\n")
    (tmp_path / "good.csv").write_text(f"unit,name,room\nnative:{light},Lamp from a list,attic\n{missing},Ghost,attic\n")
    (tmp_path / "long.csv").write_text("unit,name\n" + "".join(f"native:u{number},Name {number}\n" for number in range(10_000)))
    bomb = "hulian-manifest: 1\na: &a [x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n" for before, after in zip("abcdefg", "bcdefgh", strict=True))
    (tmp_path / "bomb.yaml").write_text(bomb + "devices: *h\n")
    with (tmp_path / "huge.csv").open("wb") as huge:
        huge.truncate(50_000_000)
    shown.open("/add")
    for name, words in (
        ("bad.csv", "Line 1: has the columns colour"),
        ("long.csv", "Line 5002: is the first of more than 5000"),
        ("bomb.yaml", "leave anchors and aliases out"),
        ("huge.csv", "This has 50000 kB"),
    ):
        _given(shown, tmp_path / name, "Check it first", words)
    _given(shown, tmp_path / "good.csv", "Check it first", "1 of 2 are in the home or would be taken in")
    choose(shown, "Look for what is not there yet", "20")
    push(shown, "Take them in")
    eventually(lambda: demo.call("show", device=light)["name"] == "Lamp from a list", "named from the list")
    push(shown, "Stop")
    shown.reads("what was done so far stays")
    demo.call("name", device=light, name="")
    assert shown.complaints() == []


def _given(shown: Browser, file: Path, press: str, words: str) -> None:
    """Pick a file, press a button and read words, however late the file arrives."""
    shown.one("input[type=file]").send_keys(str(file))

    def read() -> bool:
        push(shown, press)
        return words in shown.text()

    eventually(read, words)


def test_an_appliance_is_replaced_by_another_and_back(demo: Demo, shown: Browser) -> None:
    light, plug = demo.device("light"), demo.device("plug")
    shown.open(f"/device/{light}")
    choose(shown, "The new one", plug)
    push(shown, "What it would mean")
    shown.one("[role=alert]")
    choose(shown, "When", "force")
    push(shown, "What it would mean")
    shown.reads("It has no: Brightness")
    wholly_there(shown)
    push(shown, "Replace it")
    shown.press("[role=alertdialog] .button.danger")
    shown.reads("Another appliance stands here since")
    eventually(lambda: demo.call("show", device=light)["kind"] == "plug", "another one stands there")
    shown.reads("Rated current")
    shown.reads("Another appliance stands here since")
    push(shown, "Take it back")
    shown.press("[role=alertdialog] .button.danger")
    eventually(lambda: demo.call("show", device=light)["kind"] == "light", "the old one is back")
    eventually(lambda: "Rated current" not in shown.text() and "Brightness" in shown.text(), "its page is the light's again")


def test_a_home_is_looked_at_before_it_is_imported_and_what_was_done_is_in_the_log(demo: Demo, shown: Browser, tmp_path: Path) -> None:
    plug, home, bad = demo.device("plug"), tmp_path / "home.yaml", tmp_path / "bad.yaml"
    demo.call("name", device=plug, name="Plug of the file")
    home.write_text(demo.call("home-export")["text"])
    demo.call("name", device=plug, name="")
    bad.write_text("hulian-home: 1\ndevices:\n  - {id: x, kind: lamp-9}\n")
    shown.open("/system")
    _given(shown, bad, "Look what it would do", "Line 3: ")
    _given(shown, home, "Look what it would do", "5 appliances that are here")
    assert demo.call("show", device=plug)["name"] != "Plug of the file"
    push(shown, "Import")
    shown.press("[role=alertdialog] .button.danger")
    eventually(lambda: demo.call("show", device=plug)["name"] == "Plug of the file", "imported")
    eventually(lambda: any(entry["what"] == "home imported" for entry in demo.call("journal")), "written down")
    shown.open("/system")
    shown.reads("Home imported")
    choose(shown, "Show", "door")
    eventually(lambda: "Home imported" not in shown.text(), "only what was at the door")
    wholly_there(shown)
    links = [str(each.get_attribute("href")) for each in shown.chrome.find_elements(By.CSS_SELECTOR, "a[download]")]
    sheet = next(href for href in links if "handover" in href)
    assert fetched(shown, sheet).lower().startswith(b"<!doctype html")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_role_is_lowered_on_the_page_but_not_that_of_the_only_owner(demo: Demo, shown: Browser, language: str) -> None:
    say = tongue(language)
    shown.language(language)
    phone = come_in(demo, shown, "owner")
    for other in [each["id"] for each in demo.call("clients") if each["state"] == "valid" and each["id"] != phone]:
        demo.call("revoke", client=other)
    shown.open("/system")
    shown.reads(say("system.alone"))
    assert not shown.chrome.find_elements(By.CSS_SELECTOR, f"[aria-label$='{phone}']")
    other = owner_beside(demo)
    shown.open("/system")
    lowering = f"[aria-label^='{say('system.lower', role=say('role.user'))}'][aria-label$='{phone}']"
    shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", shown.one(lowering))
    shown.press(lowering)
    eventually(lambda: shown.one("[role=alertdialog] .button.danger").is_displayed(), "asked once more")
    wholly_there(shown)
    shown.press("[role=alertdialog] .button.danger")
    eventually(lambda: role_of(demo, phone) == "user", "one of two")
    shown.open("/vendor")
    shown.reads(say("vendor.owner"))
    demo.call("revoke", client=phone)
    assert role_of(demo, other) == "owner"


def test_a_page_of_an_owner_that_is_open_feels_that_its_role_is_lowered(demo: Demo, shown: Browser) -> None:
    phone = come_in(demo, shown, "owner")
    owner_beside(demo)
    shown.open("/vendor")
    shown.button("Run the suite")
    demo.call("lower", client=phone, role="user")
    shown.reads("Only an owner of this home may run tests here")
    demo.call("revoke", client=phone)


def role_of(demo: Demo, client: str) -> str:
    return next(str(each["role"]) for each in demo.call("clients") if each["id"] == client)


def owner_beside(demo: Demo) -> str:
    """Have another owner come in, on another machine; return its client."""
    told = demo.call("login", name="another", role="owner")
    body = json.dumps({"code": told["code"]}).encode()
    asked = urllib.request.Request(f"{demo.ready['http']}/api/v1/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(json.load(answer)["client"])


def test_who_may_only_look_is_told_why_and_finds_nothing_to_press(demo: Demo, shown: Browser) -> None:
    client = come_in(demo, shown, "viewer")
    for path, words in (
        ("/vendor", "Only an owner of this home may run tests here"),
        ("/add", "Only an owner of this home may add something"),
        (f"/device/{demo.device('light')}", "Only an owner of this home may put another appliance in its place"),
    ):
        shown.open(path)
        shown.reads(words)
        assert not shown.chrome.find_elements(By.CSS_SELECTOR, "input[type=file], .button.danger")
    demo.call("revoke", client=client)
