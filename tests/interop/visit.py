"""A newcomer in front of the pages: finds things by what they say, in the page's own language, and looks behind them whether it is true."""

import json
import re
import subprocess
import sys
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.common.exceptions import ElementClickInterceptedException, ElementNotInteractableException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from gateway.faces.web.phrases import Tongue
from tests.kit.browser import Browser, eventually
from tests.kit.demo import ROOT, Demo, program

WIDTHS = {"phone": (390, 1.5, True), "desktop": (1120, 1.0, False)}
"""Width of a screen in its own pixels, how many dots each has, and whether it is a phone."""
QUALITY = 72
"""Of a picture, of 100."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One newcomer. `downloads`: the folder where the browser puts files."""

    demo: Demo
    shown: Browser
    say: Tongue
    downloads: Path

    def screen(self, size: str, height: int) -> None:
        """Look through a screen of this size; `height` in its own pixels."""
        width, dots, phone = WIDTHS[size]
        told = {"width": width, "height": height, "deviceScaleFactor": dots, "mobile": phone}
        self.shown.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)

    def seen(self, quality: int = QUALITY) -> bytes:
        """Return what the screen shows now, as WebP."""
        self.shown.settle()
        told = {"format": "webp", "quality": quality}
        return b64decode(self.shown.chrome.execute_cdp_cmd("Page.captureScreenshot", told)["data"])

    def reads(self, phrase: str, **parts: object) -> None:
        """Wait until the page says this; parts that are not given may be anything."""
        self.sees(self._pattern(phrase, parts), phrase)

    def sees(self, pattern: str, what: str = "") -> None:
        """Wait until a text of the page matches."""
        eventually(lambda: re.search(pattern, self.shown.text()), what or pattern)

    def follow(self, path: str) -> None:
        """Press a link to a page of the hub, and wait until that can be used."""
        self.press(f"a[href='{path}']")
        self.arrives(path)

    def arrives(self, path: str) -> None:
        """Wait until a page of the hub is there and can be used."""
        arrived = "return location.pathname === arguments[0] && window.did_handshake === true && !!document.querySelector('h1')"
        eventually(lambda: self.shown.chrome.execute_script(arrived, path), f"{path} in use")

    def push(self, phrase: str) -> None:
        """Press the button, or follow the link, that says this."""
        self.shown.push(self.say(phrase))

    def called(self, phrase: str, thing: str) -> None:
        """Press what a screen reader calls "phrase: thing"."""
        self.press(f"[aria-label={json.dumps(f'{self.say(phrase)}: {thing}', ensure_ascii=False)}]")

    def press(self, css: str) -> None:
        """Scroll to what is or comes there, and press it."""

        def pressed() -> bool:
            for element in self.shown.chrome.find_elements(By.CSS_SELECTOR, css)[:1]:
                self.shown.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
                with suppress(ElementClickInterceptedException, ElementNotInteractableException):  # still on its way
                    element.click()
                    return True
            return False

        eventually(pressed, f"{css} to press")

    def field(self, phrase: str) -> WebElement:
        """Return the input under the label that says this."""
        return self.look(lambda: self._labelled(self.say(phrase)), phrase)

    def choose(self, phrase: str, value: str) -> None:
        """Choose in the list under this label."""
        Select(self.field(phrase)).select_by_value(value)

    def type(self, phrase: str, words: str) -> None:
        """Write into the input under this label, over what stood there."""
        element = self.field(phrase)
        element.clear()
        element.send_keys(words)

    def touch(self, words: str) -> None:
        """Press whatever says exactly this."""
        found = f"//*[normalize-space(text())={words!r}]"
        self.look(
            lambda: next((each for each in self.shown.chrome.find_elements(By.XPATH, found) if each.is_displayed()), None), words
        ).click()

    def show(self, element: WebElement) -> None:
        """Scroll until this is at the head of the screen."""
        self.shown.chrome.execute_script("arguments[0].scrollIntoView(); window.scrollBy(0, -76)", element)

    def heading(self, words: str) -> WebElement:
        """Return the heading that says so."""
        found = f"//*[self::h2 or self::h3][normalize-space(.)={words!r}]"
        return self.look(lambda: next(iter(self.shown.chrome.find_elements(By.XPATH, found)), None), words)

    def look(self, look: Callable[[], WebElement | None], what: str) -> WebElement:
        """Return what is there, or comes."""
        found: WebElement = eventually(look, what)
        return found

    def title(self, device: str, name: str) -> str:
        """Return what the page calls a property."""
        return self.say.title(self.hub(f"/devices/{device}/td")["properties"][name])

    def hub(self, path: str) -> Any:
        """Return what the hub's HTTP API answers, to whoever is on the same machine."""
        with urllib.request.urlopen(f"{self.demo.ready['http']}/api/v1{path}", timeout=30) as answer:
            return json.load(answer)

    def browser_asks(self, path: str) -> Any:
        """Return what the hub answers to this browser, with its login."""
        asked = "const done = arguments[1]; fetch(arguments[0]).then((answer) => answer.json()).then(done, (error) => done(String(error)))"
        return self.shown.chrome.execute_async_script(asked, f"/api/v1{path}")

    def heard(self, topic: str) -> Any:
        """Return what the broker keeps under a topic."""
        told = [program("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(self.demo.mqtt_port), "-C", "1", "-W", "10", "-t", topic]
        return json.loads(subprocess.run(told, capture_output=True, text=True, timeout=30, check=True).stdout)

    def hulian(self, *arguments: str) -> Any:
        """Return what `hulian ... --json` prints for this home."""
        told = [sys.executable, "-m", "gateway.cli.main", "--data", str(self.demo.data), *arguments, "--json"]
        return json.loads(subprocess.run(told, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT).stdout)

    def downloaded(self, ending: str) -> Path:
        """Return the file that arrives whole."""
        found = eventually(lambda: next(iter(self.downloads.glob(f"*{ending}")), None), f"a file *{ending}")
        return Path(found)

    def _labelled(self, words: str) -> WebElement | None:
        for label in self.shown.chrome.find_elements(By.TAG_NAME, "label"):
            if label.text.strip() == words and (target := label.get_attribute("for")):
                return next(iter(self.shown.chrome.find_elements(By.ID, target)), None)
        return None

    def _pattern(self, phrase: str, parts: dict[str, object]) -> str:
        told = re.split(r"\{(\w+)\}", self.say.phrases[phrase])
        return "".join(
            re.escape(part) if number % 2 == 0 else re.escape(str(parts[part])) if part in parts else ".+?"
            for number, part in enumerate(told)
        )
