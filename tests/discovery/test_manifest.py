"""Lists of appliances: read with line numbers, every mistake in one pass, and never a secret in what is said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.discovery.manifest import read_manifest, written

KINDS = ("light", "air-conditioner")
TOKEN = "0123456789abcdef0123456789abcdef"  # a vector, no key of anybody

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=20).map(str.strip)


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_csv_and_yaml_say_the_same(tmp_path: Path) -> None:
    table = put(tmp_path, "a.csv", f"unit,kind,name,room,tags,credential.token\nmiio:7,light,Lamp,hall,warm; soft,{TOKEN}\n")
    text = (
        "hulian-manifest: 1\ndevices:\n"
        f"  - {{unit: 'miio:7', kind: light, name: Lamp, room: hall, tags: [warm, soft], credentials: {{token: '{TOKEN}'}}}}\n"
    )
    (one,), no_findings = read_manifest(table, KINDS)
    (other,), none = read_manifest(put(tmp_path, "a.yaml", text), KINDS)
    assert no_findings == none == []
    assert (one.line, other.line) == (2, 3)
    for name in ("unit", "kind", "name", "room", "tags", "credentials"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.tags == ("warm", "soft")


def test_no_tags_at_all_are_told_from_nothing_said_of_them(tmp_path: Path) -> None:
    text = "hulian-manifest: 1\ndevices:\n  - {unit: 'a:1', tags: []}\n  - {unit: 'a:2'}\n"
    table = "unit,tags\na:1,;\na:2,\n"
    for name, content in (("a.yaml", text), ("a.csv", table)):
        rows, findings = read_manifest(put(tmp_path, name, content), KINDS)
        assert (findings, [row.tags for row in rows]) == ([], [(), None])


def test_every_mistake_is_told_with_its_line_in_one_pass(tmp_path: Path) -> None:
    text = "unit,address,kind,name,colour\na:1,,lihgt,A,red\n,nowhere,light,B,\n,,light,C,\na:1,,,D,\n"
    rows, findings = read_manifest(put(tmp_path, "bad.csv", text), KINDS)
    assert rows == ()
    assert [finding.line for finding in findings] == [1, 2, 3, 4, 5]
    assert "stands in line 2 already" in findings[-1].message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("devices: []\n", 1, "needs `hulian-manifest: 1`"),
        ("hulian-manifest: 2\ndevices: []\n", 1, "version 2"),
        ("hulian-manifest: 1\ndevices: {}\n", 2, "is a list"),
        ("hulian-manifest: 1\ndevices:\n  - lamp\n", 3, "is a mapping"),
        ("hulian-manifest: 1\ndevices:\n  - {unit: 'a:b', tags: warm}\n", 3, "list of words"),
        ("hulian-manifest: 1\ndevices:\n  - {unit: 'a:b', name: [x]}\n", 3, "is a text"),
        ("hulian-manifest: [\n", 2, "is not YAML"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path: Path, text: str, line: int, said: str) -> None:
    rows, findings = read_manifest(put(tmp_path, "bad.yaml", text), KINDS)
    assert rows == ()
    assert any(finding.line == line and said in finding.message for finding in findings), findings


def test_no_secret_is_in_what_is_said(tmp_path: Path) -> None:
    rows = (f"{{credentials: {{token: ['{TOKEN}']}}, kind: lamp}}", f"{{credentials: '{TOKEN}', unit: a}}")
    text = "\n  - ".join(("hulian-manifest: 1\ndevices:", *rows)) + "\n"
    _, findings = read_manifest(put(tmp_path, "bad.yaml", text), KINDS)
    assert len(findings) >= 3
    assert TOKEN not in repr(findings)
    good, _ = read_manifest(put(tmp_path, "good.csv", f"unit,credential.token\na:b,{TOKEN}\n"), KINDS)
    assert TOKEN not in repr(good)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("none.yaml", "raw.csv"):
        rows, (finding,) = read_manifest(tmp_path / name, KINDS)
        assert rows == ()
        assert finding.rule == "manifest-file"


@given(st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT.filter(bool), max_size=3, unique=True)), max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, list[str]]]) -> None:
    made = [{"unit": f"native:u{number}", "name": name, "room": room, "tags": tags} for number, (name, room, tags) in enumerate(rows)]
    text = "\n".join(written(made, {"hulian-manifest": 1})) + "\n" if made else "hulian-manifest: 1\ndevices: []\n"
    read, findings = read_manifest(put(tmp_path_factory.mktemp("list"), "w.yaml", text), KINDS)
    assert findings == []
    assert [{"unit": row.unit, "name": row.name, "room": row.room, "tags": list(row.tags or ())} for row in read] == made
