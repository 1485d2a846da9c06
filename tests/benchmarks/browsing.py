"""The pages in a real browser on the demo flat: how soon one can be used, and how soon it shows what an appliance says.

Both are timed inside the page. *Interactive* is the time from the navigation until the first switch has answered a press: a script that is
there before the page presses it as soon as it stands, once more after a second without an answer as a person would, and waits for what only
the hub can draw. *A change* is a publish of a plug that this file plays: its time and that of the DOM's change are told by one clock, the
machine's.
"""

import os
import re
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from tests.benchmarks.appliances import Watts, announce, plugs
from tests.benchmarks.raw import RawClient, publish_packet
from tests.benchmarks.web_side import missing
from tests.kit.addresses import address
from tests.kit.browser import Browser, browser, eventually
from tests.kit.demo import ROOT, Demo, start_demo, stop

Row = dict[str, Any]
FLAT: Final = ROOT / "firmware_sim" / "homes" / "city-flat.yaml"
READING: Final = re.compile(r"(\d+\.\d) W")
SWITCH: Final = "[role=switch]:not([aria-checked=mixed])"
PRESSES: Final = f"""
if (location.protocol === 'http:') {{
  const pressed = (it) => {{
    const before = it.getAttribute('aria-checked');
    const answered = () => it.getAttribute('aria-busy') === 'true' || it.getAttribute('aria-checked') !== before;
    const seen = new MutationObserver(() => {{
      if (answered()) {{ window.interactive = performance.now(); seen.disconnect(); }}
    }});
    seen.observe(it, {{attributes: true}});
    window.drawn ??= performance.now();
    it.click();
    setTimeout(() => window.interactive || look(), 1000);
  }};
  const look = () => {{
    const it = document.querySelector("{SWITCH}");
    it ? pressed(it) : setTimeout(look, 4);
  }};
  look();
}}
"""
"""Runs before anything of the page does."""
WATCHES: Final = """
window.shown = [];
const card = [...document.querySelectorAll('article')].find((each) => each.querySelector(`a[href='/device/${arguments[0]}']`));
new MutationObserver(() => window.shown.push([Date.now(), card.innerText]))
  .observe(card, {subtree: true, childList: true, characterData: true});
"""
BYTES: Final = """
return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, each) => sum + each.transferSize, 0);
"""


def measure_browsing(loads: int, changes: int) -> Row:
    """Return medians of `loads` page loads with a cold and a warm cache (ms, bytes), and of `changes` state changes (ms)."""
    if reason := missing("chromium", "chromedriver"):
        return {"not_measured": reason}
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        demo = start_demo(Path(folder), "--home", str(_flat(Path(folder))), "--speed", "1")
        try:
            with browser(demo.ready["http"]) as shown:
                return _loads(shown, loads) | _changes(demo, shown, changes)
        finally:
            stop(demo.process)


def _flat(folder: Path) -> Path:
    """Write the demo's flat with addresses and ids that nobody else has; return the file."""
    text = FLAT.read_text(encoding="utf-8")
    home = folder / "flat.yaml"
    home.write_text(re.sub(r"\{id: ([\w-]+)", lambda unit: f"{{address: {address()}, id: {unit[1]}-{os.getpid()}", text), encoding="utf-8")
    return home


def _loads(shown: Browser, count: int) -> Row:
    script = shown.chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": PRESSES})
    _load(shown)
    cold, warm = [], []
    for _ in range(count):
        shown.chrome.execute_cdp_cmd("Network.clearBrowserCache", {})
        cold.append(_load(shown))
        warm.append(_load(shown))
    shown.chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})
    return {
        f"{name}_{fact}": statistics.median(load[fact] for load in found)
        for name, found in (("cold", cold), ("warm", warm))
        for fact in found[0]
    }


def _load(shown: Browser) -> dict[str, float]:
    """Open the first page; return the ms until its switch was drawn and until it had answered, and the bytes that were fetched."""
    shown.chrome.get("about:blank")
    shown.chrome.get(shown.base + "/")
    ms = eventually(lambda: shown.chrome.execute_script("return window.interactive"), "a switch that answers")
    drawn = shown.chrome.execute_script("return window.drawn")
    return {"drawn_ms": drawn, "interactive_ms": ms, "bytes": shown.chrome.execute_script(BYTES)}


def _changes(demo: Demo, shown: Browser, count: int) -> Row:
    """Play a plug on the demo's broker; return how long its changes take to the page."""
    (unit,), watts, random = plugs(1), Watts(), Random(1)
    where = urlsplit(demo.ready["mqtt"])
    with closing(RawClient(where.hostname or "", where.port or 1883, "bench-plug")) as plug:
        announce(plug, [unit])
        eventually(lambda: any(entry["unit"] == f"native:{unit.device}" for entry in demo.call("inbox")), "the plug in the inbox")
        demo.call("accept", unit=f"native:{unit.device}", answers={})
        shown.open("/")
        eventually(lambda: shown.chrome.find_elements("css selector", f"a[href='/device/{unit.device}']"), "the plug's card")
        shown.chrome.execute_script(WATCHES, unit.device)
        sent: dict[str, float] = {}
        for _ in range(count):
            said = watts.next()
            sent[said.decode()] = time.time() * 1000
            plug.socket.sendall(publish_packet(unit.topic, unit.state(said), retain=True))
            time.sleep(random.uniform(0.15, 0.25))  # so that nothing keeps step with what the hub gathers
        time.sleep(1)
    return _delays(sent, shown.chrome.execute_script("return window.shown"))


def _delays(sent: dict[str, float], shown: list[tuple[float, str]]) -> Row:
    """Return median and p95 of the ms from a reading's publish to the first text that shows it, and how many never were shown."""
    first: dict[str, float] = {}
    for at, text in shown:
        for reading in READING.findall(text):
            first.setdefault(reading, at)
    delays = sorted(first[said] - at for said, at in sent.items() if said in first)
    late = delays[int(len(delays) * 0.95) - 1]
    return {"change_ms": statistics.median(delays), "change_p95_ms": late, "unshown": len(sent) - len(delays)}
