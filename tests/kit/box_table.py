"""The dated table of M09 to M11 as rows: what a box is, when it was first activated, and what the rules must say of it.

Both sides of each midnight in Asia/Shanghai; `moment` is how an operator's list may write the day, in another zone too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GY, YD = "GY/T 399-2024", "YD/T 2726-2014"


@dataclass(frozen=True)
class Row:
    """One box. `about`: the facts the reasons name, `replace`: it stands on the list of those to be replaced."""

    name: str
    reception: str
    video: str
    day: str
    moment: str
    verdict: str
    about: tuple[str, ...] = ()
    smart: bool = True
    standards: tuple[str, ...] = ()
    replace: bool = False

    def facts(self) -> Mapping[str, Any]:
        """Return what the box is, as the profile has it."""
        return {
            "reception": self.reception,
            "videoClass": self.video,
            "smart": self.smart,
            "standards": list(self.standards),
            "firstActivated": self.day,
        }


TABLE = (
    Row("m09-sd-before", "dth", "SD", "2022-06-30", "2022-06-30T23:59:59+08:00", "passes", smart=False, replace=True),
    Row("m09-sd-before-utc", "dth", "SD", "2022-06-30", "2022-06-30T15:59:59Z", "passes", smart=False, replace=True),
    Row("m09-sd-on", "dth", "SD", "2022-07-01", "2022-06-30T16:00:00Z", "fails", ("videoClass",), replace=True),
    Row("m09-hd-on", "dth", "HD", "2022-07-01", "2022-07-01T00:00:00+08:00", "passes"),
    Row("m09-hd-dumb-on", "dth", "HD", "2022-07-01", "2022-07-01 00:00:00", "fails", ("smart",), smart=False),
    Row("m09-uhd-on", "dth", "UHD4K", "2022-07-01", "2022年7月1日", "passes"),
    Row("m09-cable", "cable", "SD", "2022-07-01", "2022/7/1", "passes", smart=False),
    Row("m10-hd-before", "iptv", "HD", "2022-12-31", "2022-12-31T23:59:59+08:00", "passes"),
    Row("m10-hd-before-utc", "iptv", "HD", "2022-12-31", "2022-12-31T15:59:59+00:00", "passes"),
    Row("m10-hd-on", "iptv", "HD", "2023-01-01", "2022-12-31T16:00:00Z", "fails", ("videoClass", "standards")),
    Row("m10-none-on", "iptv", "UHD4K", "2023-01-01", "2023-01-01T00:00:00+08:00", "fails", ("standards",)),
    Row("m10-telecom", "iptv", "UHD4K", "2024-06-01", "20240601", "fails", ("standards",), standards=(YD,)),
    Row("m10-not-yet-in-force", "iptv", "UHD4K", "2024-03-28", "2024-03-28T15:59:59Z", "fails", ("standards",), standards=(GY,)),
    Row("m10-in-force", "iptv", "UHD4K", "2024-03-29", "2024-03-28T16:00:00Z", "passes", standards=(GY, YD)),
    Row("m10-unknown-national", "iptv", "UHD4K", "2024-06-01", "2024-06-01", "unknown", ("standards",), standards=("GB/T 99999-2020",)),
    Row("m11-old", "dth", "SD", "2019-03-15", "2019.3.15", "passes", smart=False, replace=True),
)


def told(boxes: list[dict[str, Any]]) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """Return of each box, by the name in its id, its verdict, what the reasons are about, and whether it is to be replaced."""
    return {box["device"]: (box["verdict"], tuple(reason["fact"] for reason in box["reasons"]), box["replace"]) for box in boxes}


EXPECTED = {row.name: (row.verdict, row.about, row.replace) for row in TABLE}
