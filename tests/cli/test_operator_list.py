"""Operators' lists of set-top boxes as they come: other encodings, other headings, other words, and lines nobody can read."""

import hashlib
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.box_matching import matched
from gateway.cli.operator_list import MOST_CELL, read_list
from gateway.cli.stb import SAMPLE
from gateway.errors import SetupError

CHINESE = "机顶盒序列号,MAC地址,接收方式,清晰度（必填）,是否智能,执行标准,首次激活时间,备注\n"  # noqa: RUF001 - as it is typed in China
GOOD = CHINESE + "SN1,02-00-5E-00-00-01,直播卫星,标清,否,GY/T 399—2024；YD/T2726-2014,2022年7月1日,客厅\n"  # noqa: RUF001 - likewise
MEANT = {
    "reception": "dth",
    "videoClass": "SD",
    "smart": False,
    "standards": ["GY/T 399-2024", "YD/T 2726-2014"],
    "firstActivated": "2022-07-01",
}
TODAY = date(2026, 11, 29)


def entries(text: str) -> list[tuple[int, dict[str, str], dict[str, Any]]]:
    return [(entry.line, dict(entry.keys), dict(entry.facts)) for entry in read_list(text.encode()).entries]


@pytest.mark.parametrize(
    ("encoding", "named"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("gbk", "GB18030"), ("gb2312", "GB18030")]
)
def test_the_same_list_in_every_encoding_means_the_same(encoding: str, named: str) -> None:
    text = GOOD.replace("—", "-") if encoding == "gb2312" else GOOD
    found = read_list(text.encode(encoding))
    assert (found.encoding, found.bad, found.unread) == (named, {}, ["备注"])
    assert [dict(entry.facts) for entry in found.entries] == [MEANT]
    assert dict(found.entries[0].keys) == {"serial": "SN1", "mac": "02-00-5E-00-00-01"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_are_parted_and_lines_ended_as_spreadsheets_do_it(mark: str, end: str) -> None:
    rows = [["Serial Number", "Video-Class", "First activated"], ["SN1", "4K", "2024-05-01"], ["", "", ""], ["SN2", '"8K"', "2024/5/2"]]
    text = end.join(mark.join(row) for row in rows)
    assert entries(text) == [
        (2, {"serial": "SN1"}, {"videoClass": "UHD4K", "firstActivated": "2024-05-01"}),
        (4, {"serial": "SN2"}, {"videoClass": "UHD8K", "firstActivated": "2024-05-02"}),
    ]


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2022-07-01", "2022-07-01"),
        ("2022/7/1", "2022-07-01"),
        ("20220701", "2022-07-01"),
        ("2022年7月1日", "2022-07-01"),
        ("2022.07.01", "2022-07-01"),
        ("2022-06-30T16:00:00Z", "2022-06-30T16:00:00+00:00"),
        ("2022-06-30 16:00:00.250 z", "2022-06-30T16:00:00+00:00"),
        ("2022-07-01 00:00", "2022-07-01T00:00:00+08:00"),
        ("2022/7/1 0:00:00", "2022-07-01T00:00:00+08:00"),
        ("2022-07-01T02:00:00+1000", "2022-07-01T02:00:00+10:00"),
    ],
)
def test_a_day_or_a_moment_is_understood_however_it_is_written(cell: str, meant: str) -> None:
    assert entries(f"sn,activated\nSN1,{cell}")[0][2] == {"firstActivated": meant}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SN1,cloud,,,,", "'cloud' is no way of reception: write one of dth, iptv, cable, ott, dtmb"),
        ("SN1,,3K,,,", "'3K' is no picture class"),
        ("SN1,,,maybe,,", "'maybe' is no yes or no"),
        ("SN1,,,,,2022-13-01", "month must be in 1..12"),
        ("SN1,,,,,01/07/2022", "is no day: write 2022-07-01"),
        ("SN1,,,,,2022-07-01 25:00", "hour must be in 0..23"),
        ("SN1,,,,,2022-07-01 00:00 Beijing", "is no day"),
        ("SN1,,,,,", "says nothing of the box"),
        (",iptv,,,,", "names no box: fill in its device, serial or mac"),
        ("1.23457E+11,iptv,,,,", "a number the spreadsheet has cut"),
        ('"SN1,iptv,,,,', "a quotation mark is missing"),
        ("SN1,iptv,HD,yes,GY/T 399-2024,2024-05-01,GB 1", "put cells with commas in quotation marks"),
        (f"SN1,iptv,,,{'x' * (MOST_CELL + 1)},", "a cell of more than"),
        (f"SN1,,,,{'x' * 65},", "longer than 64 characters"),
        (f"SN1,,,,{';'.join(['GB 1'] * 33)},", "more than 32 standards"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_what_to_do_and_takes_no_other_with_it(line: str, words: str) -> None:
    found = read_list(f"sn,reception,class,smart,standards,activated\nSN0,iptv,,,,\n{line}\nSN2,dth,,,,\n".encode())
    assert [entry.line for entry in found.entries] == [2, 4]
    assert list(found.bad) == [3]
    assert words in found.bad[3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the first line must name the columns"),
        (b"\n ,,\n\n", "the first line must name the columns"),
        (b"PK\x03\x04\x14\x00\x06\x00", "no text in UTF-8 or GB18030"),
        ("sn,class\nSN1,HD".encode("utf-16"), "is UTF-16: save it as CSV in UTF-8"),
        (b"class,reception\nHD,iptv", "names no device, serial or mac"),
        (b"sn,remark\nSN1,none", "names nothing a box is"),
        ("sn,序列号,class\nSN1,SN2,HD".encode(), "names serial twice"),
        (b'sn,"class\nSN1,HD', "a quotation mark is missing"),
        (b"sn,class\n" + b"\n" * 200_001, "take it apart"),
        (b"x" * (16 * 1024 * 1024 + 1), "larger than 16 MiB"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        read_list(content)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"sn,class,激活日期\n{text}".encode())))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    try:
        found = read_list(content)
    except SetupError:
        return
    assert not {entry.line for entry in found.entries} & found.bad.keys()


def box(device: str, *keys: str, name: str = "") -> dict[str, Any]:
    return {"device": device, "name": name or device, "keys": list(keys)}


BOXES = [
    box("stb-1", "native-1", hashlib.sha256(b"SN1").hexdigest(), name="Living room"),
    box("stb-2", "02:00:5e:00:00:02", hashlib.sha256(b"SN2").hexdigest()[:32]),
    box("stb-3", "SN3"),
]


@pytest.mark.parametrize(
    ("heading", "key", "device"),
    [
        ("device", "stb-1", "stb-1"),
        ("device", "Living room", "stb-1"),
        ("sn", "SN1", "stb-1"),
        ("sn", "sn1", "stb-1"),
        ("sn", "SN2", "stb-2"),
        ("sn", "sn3", "stb-3"),
        ("mac", "02005E000002", "stb-2"),
        ("mac", "0200.5e00.0002", "stb-2"),
        ("sn", "SN", None),
        ("sn", hashlib.sha256(b"SN1").hexdigest()[:8], None),
        ("mac", "5e:00:00:02", None),
        ("device", "stb", None),
    ],
)
def test_a_line_finds_its_box_by_id_name_serial_number_or_address(heading: str, key: str, device: str | None) -> None:
    result = matched(read_list(f"{heading},class\n{key},HD".encode()), BOXES, TODAY)
    assert result.facts == ({device: {"videoClass": "HD"}} if device else {})
    assert set(result.strangers) == (set() if device else {2})


def test_a_short_key_of_a_wire_is_no_hash_of_a_serial_number() -> None:
    serial = next(f"SN{number}" for number in range(10_000) if hashlib.sha256(f"SN{number}".encode()).hexdigest().startswith("ab"))
    result = matched(read_list(f"sn,class\n{serial},HD".encode()), [box("stb-1", "ab")], TODAY)
    assert set(result.strangers) == {2}


def test_lines_about_one_box_are_put_together_and_one_that_says_otherwise_is_told() -> None:
    text = "device,sn,class,reception,activated\n,SN1,HD,,\nstb-1,,HD,iptv,\nstb-1,,SD,,2024-05-01\n,SN2,,,2099-01-01\nstb-1,SN2,HD,,\n"
    result = matched(read_list(text.encode()), BOXES, TODAY)
    assert result.facts == {"stb-1": {"videoClass": "HD", "reception": "iptv"}}
    assert result.lines == {"stb-1": [2, 3]}
    assert sorted(result.bad) == [4, 5, 6]
    assert "otherwise than line 2 about stb-1 (videoClass)" in result.bad[4]
    assert "still to come" in result.bad[5]
    assert "more than one box: stb-1, stb-2" in result.bad[6]


def test_the_day_of_a_moment_is_the_one_in_shanghai() -> None:
    text = "device,activated\nstb-1,2022-06-30T16:00:00Z\nstb-2,2022-06-30T23:59:59+08:00\nstb-3,2022-06-30T12:00:00-05:00"
    result = matched(read_list(text.encode()), BOXES, TODAY)
    assert [facts["firstActivated"] for facts in result.facts.values()] == ["2022-07-01", "2022-06-30", "2022-07-01"]


def test_the_sample_is_a_good_list() -> None:
    found = read_list(SAMPLE.encode())
    assert (len(found.entries), found.bad, found.unread) == (3, {}, [])
