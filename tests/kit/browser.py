"""A real browser over the pages: Debian's Chromium without a window, driven by selenium."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.kit.demo import PATIENCE, ROOT, program

AXE = ROOT / ".interop" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
LANGUAGES = {"en": "en", "zh-Hans": "zh-CN"}
GRAVE = {"serious", "critical"}
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


class Browser:
    """One browser. `base`: where the pages are."""

    def __init__(self, chrome: Chrome, base: str) -> None:
        self.chrome = chrome
        self.base = base

    def size(self, name: str) -> None:
        width, height = SIZES[name]
        told = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)

    def language(self, language: str) -> None:
        self.chrome.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": LANGUAGES[language]}})

    def light(self, scheme: str) -> None:
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, path: str) -> None:
        """Open a page and wait until it can be used: drawn, and connected with the hub."""
        self.chrome.get(self.base + path)
        connected = "return !!document.querySelector('h1') && (location.pathname === '/login' || window.did_handshake === true)"
        eventually(lambda: self.chrome.execute_script(connected), f"{path} in use")

    def one(self, css: str) -> WebElement:
        return eventually(lambda: next(iter(self.chrome.find_elements(By.CSS_SELECTOR, css)), None), css)  # type: ignore[no-any-return]

    def press(self, css: str) -> None:
        """Click what may still be on its way onto the page."""
        eventually(lambda: self._pressed(css), f"{css} to press")

    def _pressed(self, css: str) -> bool:
        try:
            self.chrome.find_element(By.CSS_SELECTOR, css).click()
        except (ElementClickInterceptedException, ElementNotInteractableException, NoSuchElementException):
            return False
        return True

    def labelled(self, label: str) -> WebElement:
        """Return what a screen reader calls so."""
        return self.one(f"[aria-label={label!r}]")

    def button(self, words: str) -> WebElement:
        found = f"//*[self::button or self::a][normalize-space(.)={words!r} or .//span[normalize-space(.)={words!r}]]"
        return eventually(lambda: next((each for each in self.chrome.find_elements(By.XPATH, found) if each.is_displayed()), None), words)  # type: ignore[no-any-return]

    def push(self, words: str) -> None:
        """Click the button that says so; one that is drawn anew or covered in that moment is looked for again."""

        def pushed() -> bool:
            found = self.button(words)
            try:
                found.click()
            except ElementClickInterceptedException:  # it is under the bar at the bottom: a person scrolls
                self.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
                return False
            return True

        eventually(pushed, f"{words!r} to push")

    def text(self) -> str:
        return str(self.chrome.execute_script("return document.body.innerText"))

    def reads(self, words: str) -> None:
        eventually(lambda: words in self.text(), f"{words!r} on the page")

    def grave_findings(self) -> list[str]:
        """Return what axe-core finds that keeps somebody out."""
        self.chrome.execute_script(AXE.read_text())
        run = (
            "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then((found) => done(found.violations), "
            "(error) => done([{id: String(error), impact: 'critical', nodes: []}]))"
        )
        found = self.chrome.execute_async_script(run)
        return [
            f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for each in found
            if each["impact"] in GRAVE
            for node in each["nodes"] or [{"html": ""}]
        ]

    def complaints(self) -> list[str]:
        """Return what the browser itself complains of: errors of scripts, what the policy refused, what is missing."""
        entries: list[dict[str, Any]] = self.chrome.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def settle(self) -> None:
        """Let charts and fonts be drawn."""
        self.chrome.execute_async_script("const done = arguments[0]; document.fonts.ready.then(() => setTimeout(done, 600))")

    def picture(self, file: Path, size: str) -> None:
        """Write the whole page as a picture."""
        height = int(self.chrome.execute_script("return document.documentElement.scrollHeight"))
        width, least = SIZES[size]
        told = {"width": width, "height": max(least, min(height, 6000)), "deviceScaleFactor": 1, "mobile": size == "phone"}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
        time.sleep(0.3)
        self.chrome.save_screenshot(str(file))
        self.size(size)


def eventually(look: Callable[[], Any], what: str) -> Any:
    """Return what `look()` returns once it is true; what is drawn anew meanwhile is looked for again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except (StaleElementReferenceException, JavascriptException):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"never seen: {what}")


def _give_way() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def browser(base: str, *, gives_way: bool = False, any_certificate: bool = False) -> Iterator[Browser]:
    """Run a browser; the test is skipped where none is installed. `gives_way`: it gets only what time of the processors others leave.

    `any_certificate`: it clicks the warning away that a home's own authority is unknown.
    """
    options = ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    if any_certificate:
        options.add_argument("--ignore-certificate-errors")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(program("chromedriver"), popen_kw={"preexec_fn": _give_way} if gives_way else {})
    chrome = Chrome(options=options, service=service)
    try:
        made = Browser(chrome, base)
        chrome.execute_cdp_cmd("Network.enable", {})
        made.size("desktop")
        yield made
    finally:
        chrome.quit()
