"""The picture of the pages in README: Home on a phone beside an appliance on a desk, drawn by the browser itself out of two of its own."""

from base64 import b64encode
from pathlib import Path

from tests.interop.visit import WIDTHS, Visit

HEIGHT, GAP = 720, 28
QUALITY = 78
"""Of 100: letters stay sharp."""
_ROUND = "border-radius: 16px; border: 1px solid #8885; box-sizing: border-box"


def cover(visit: Visit, file: Path) -> None:
    """Write it; what is between and around the two is left clear, for light and dark readers."""
    visit.shown.light("dark")
    visit.screen("phone", HEIGHT)
    visit.shown.open("/")
    phone = visit.seen(100)
    visit.shown.light("light")
    visit.screen("desktop", HEIGHT)
    visit.shown.open(f"/device/{visit.demo.device('air-conditioner')}")
    desk = visit.seen(100)
    visit.shown.chrome.get("data:text/html;base64," + b64encode(_beside(phone, desk).encode()).decode())
    width = WIDTHS["phone"][0] + GAP + WIDTHS["desktop"][0]
    told = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    visit.shown.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
    visit.shown.chrome.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
    file.write_bytes(visit.seen(QUALITY))
    visit.shown.chrome.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {})


def _beside(phone: bytes, desk: bytes) -> str:
    sizes = ((phone, WIDTHS["phone"][0]), (desk, WIDTHS["desktop"][0]))
    drawn = "".join(
        f'<img src="data:image/webp;base64,{b64encode(picture).decode()}" style="width: {width}px; height: {HEIGHT}px; {_ROUND}">'
        for picture, width in sizes
    )
    return f'<!doctype html><body style="margin: 0; display: flex; gap: {GAP}px">{drawn}'
