"""`hulian stb` as a program, over a home whose boxes say nothing of what they are: lists and the owner tell it."""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.discovery import Discovery
from gateway.faces.control.boxes import BoxCalls
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.server import control_face
from gateway.thing.description import Description
from gateway.thing.report import Report
from tests.discovery.kit import Home as Finds
from tests.discovery.kit import discovering
from tests.home.kit import House, Obedient, living
from tests.home.links_kit import LIBRARY, put
from tests.kit.box_table import EXPECTED, TABLE, told
from tests.kit.demo import ROOT

pytestmark = pytest.mark.timeout(120)
QUOTE = "自2022年7月1日起，新增机顶盒应为高清超高清智能机顶盒"  # noqa: RUF001 - the notice's own comma

KEYS = {"stb-1": "02:00:5e:00:00:01"}


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Hub:
    """A home with its control socket, and the program beside it."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder

    async def hulian(self, *words: str, **environment: str) -> Said:
        command = [sys.executable, "-m", "gateway.cli.main", "--data", str(self.folder), *words]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}
        )
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())

    async def list(self, content: str | bytes, *words: str) -> Said:
        (self.folder / "boxes.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return await self.hulian("stb", "import", str(self.folder / "boxes.csv"), *words)


@asynccontextmanager
async def open_hub(folder: Path, *devices: str) -> AsyncIterator[Hub]:
    async with living(folder, library=LIBRARY) as house, discovering(Finds()) as discovery:
        for device in devices:
            await put(house, device, "set-top-box", power=True, standards=[])
        async with control_face(folder / "control.sock", _calls(house, discovery)):
            yield Hub(house, folder)


def _calls(house: House, discovery: Discovery) -> dict[str, Any]:
    async def forget(_device: str) -> None:
        raise AssertionError("nothing here is forgotten")

    def status() -> dict[str, Any]:
        return {"sessions": [{"devices": [device], "key": KEYS.get(device, device)} for device in house.home.devices()]}

    calls = Calls(house.home, discovery, Operations(status=status, forget=forget, doctor=list), house.clock)  # type: ignore[arg-type]
    return calls.table() | BoxCalls(house.home, calls.device, status).table()


def table_as_list() -> str:
    words = {True: "是", False: "否"}
    rows = [f'{row.name},{row.reception},{row.video},{words[row.smart]},"{";".join(row.standards)}",{row.moment}' for row in TABLE]
    return "\n".join(["设备编号,接收方式,清晰度,是否智能,执行标准,首次激活时间", *rows])


async def test_the_whole_dated_table_from_an_operators_list_is_judged_right_and_kept(tmp_path: Path) -> None:
    async with open_hub(tmp_path, *EXPECTED) as hub:
        taken = await hub.list(table_as_list().encode("gb18030"), "--json")
        assert (taken.code, taken.json["bad"], taken.json["strangers"], len(taken.json["boxes"])) == (0, [], [], len(TABLE))
        found = (await hub.hulian("stb", "--json")).json
        assert told(found["boxes"]) == EXPECTED
        ages = [each["age"] for each in found["replace"]]
        assert (found["replace"][0]["device"], ages) == ("m11-old", sorted(ages, reverse=True))
        assert {fact["source"] for box in found["boxes"] for fact in box["facts"].values()} == {"list"}
        assert {fact["quality"] for box in found["boxes"] for fact in box["facts"].values()} == {"assumed"}
    async with open_hub(tmp_path) as hub:
        assert told((await hub.hulian("stb", "--json")).json["boxes"]) == EXPECTED


@pytest.mark.long
async def test_the_owner_tells_a_box_on_both_sides_of_a_midnight(tmp_path: Path) -> None:
    async with open_hub(tmp_path, "stb-1") as hub:
        words = ["stb", "set", "stb-1", "--reception", "直播卫星", "--class", "sd", "--not-smart", "--json"]
        before = await hub.hulian(*words, "--activated", "2022-06-30T15:59:59Z")
        after = await hub.hulian(*words, "--activated", "2022-06-30T16:00:00Z")
        assert (before.json["verdict"], after.json["verdict"]) == ("passes", "fails")
        assert [reason["quote"] for reason in after.json["reasons"]] == [QUOTE] * 2
        gone = await hub.hulian("stb", "unset", "stb-1", "activated", "--json")
        assert (gone.json["verdict"], "firstActivated" in gone.json["facts"]) == ("unknown", False)


@pytest.mark.long
async def test_a_list_finds_boxes_by_address_and_by_serial_number_of_which_the_home_has_a_hash(tmp_path: Path) -> None:
    async with open_hub(tmp_path, "stb-1", "stb-3") as hub:
        hashed = {f"SN{number}": hashlib.sha256(f"SN{number}".encode()).hexdigest() for number in (2, 3)}
        described = Description(id="stb-2", kind="set-top-box", identity={"serialHash": hashed["SN2"]})
        await hub.house.home.attach(described, Obedient())
        hub.house.home.report(Report(device="stb-3", values={"identity": {"maker": "Acme", "serialHash": hashed["SN3"]}}))
        taken = await hub.list("sn,mac,class\n,0200-5E00-0001,HD\nSN2,,SD\nSN3,,4K\nSN4,,4K\n", "--json")
        assert {each["device"]: each["facts"]["videoClass"] for each in taken.json["boxes"]} == {
            "stb-1": "HD",
            "stb-2": "SD",
            "stb-3": "UHD4K",
        }
        assert [each["line"] for each in taken.json["strangers"]] == [5]


@pytest.mark.long
async def test_bad_lines_are_told_good_ones_taken_and_nothing_silently(tmp_path: Path) -> None:
    async with open_hub(tmp_path, "stb-1", "stb-2") as hub:
        text = "device,class,reception\nstb-1,HD,iptv\nstb-2,HD,moon\nstb-9,HD,iptv\n"
        tried = await hub.list(text, "--dry-run")
        assert (tried.code, "would be taken" in tried.out) == (1, True)
        assert await hub.house.store.box_facts.all() == ()
        said = await hub.list(text)
        assert (said.code, "1 of this home's boxes taken" in said.out) == (1, True)
        assert "line 3: 'moon' is no way of reception: write one of dth, iptv, cable, ott, dtmb" in said.out
        assert "line 4: device stb-9" in said.out
        assert {record.device for record in await hub.house.store.box_facts.all()} == {"stb-1"}
        once = await hub.house.store.box_facts.all()
        again = await hub.list(text, "--json")
        assert (again.json["bad"][0]["line"], await hub.house.store.box_facts.all()) == (3, once)


REFUSED: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("set", "stb-1"), 2, "say at least one thing"),
    (("set", "stb-1", "--class", "3K"), 1, "'3K' is no picture class: write one of SD, HD, UHD4K, UHD8K"),
    (("set", "stb-1", "--activated", "2099-01-01"), 1, "still to come"),
    (("set", "plug-1", "--smart"), 1, "no set-top box but a plug"),
    (("unset", "stb-1", "colour"), 1, "'colour' is none of"),
    (("import", "/nowhere/list.csv"), 2, "cannot be read: No such file"),
)


@pytest.mark.long
async def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    async with open_hub(tmp_path, "stb-1") as hub:
        await put(hub.house, "plug-1", "plug", power=True)
        for words, code, told in REFUSED:
            said = await hub.hulian("stb", *words)
            assert (said.code, told in said.err.replace("\n", " ")) == (code, True), said.err


@pytest.mark.long
async def test_a_home_without_boxes_says_so_and_colours_can_be_off(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        assert (await hub.hulian("stb")).out.strip() == "No set-top box in this home."
        await put(hub.house, "stb-1", "set-top-box", **next(row for row in TABLE if row.name == "m09-sd-on").facts())
        forced = {"FORCE_COLOR": "1", "TERM": "xterm"}
        assert "\x1b[31m" in (await hub.hulian("stb", **forced)).out
        assert "\x1b[31m" not in (await hub.hulian("--no-color", "stb", **forced)).out
