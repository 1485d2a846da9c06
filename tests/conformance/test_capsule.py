"""A failure in a file: whole or refused, exact, and played against the appliance again."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.capsule import BYTES, CapsuleRefused, capsule, differs, read_capsule, written
from gateway.conformance.suite import suite
from tests.conformance.results import HOSTILE, failed, result

SUITE = dict(suite())


def kept(folder: Path, **facts: Any) -> Path:
    run = result(failed(**facts), suite=SUITE)
    file = folder / "capsule.json"
    file.write_bytes(written(capsule(run.verdicts[0], run)))
    return file


def changed(file: Path, **facts: Any) -> Path:
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))
    return file


@pytest.mark.parametrize(
    "drawn",
    [[{"write": "power", "value": True}], 10**30, b"\x00\xff", "\ud800", HOSTILE, [1.5, None, {"a": [b"x"]}], {"b": 1, "a": 2}],
    ids=lambda drawn: type(drawn).__name__,
)
def test_an_input_comes_back_exactly(tmp_path: Path, drawn: Any) -> None:
    found = read_capsule(kept(tmp_path, failing=drawn))
    assert found.inputs == [drawn]
    assert found.id == "E4[coap]"
    assert found.frames[0]["what"] == "PUT p/faults"
    assert not differs(found)


def test_a_failure_without_drawn_inputs_has_none(tmp_path: Path) -> None:
    assert read_capsule(kept(tmp_path, failing=None)).inputs is None


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    file = kept(tmp_path)
    whole = file.read_bytes()
    for at in range(20, len(whole), len(whole) // 24):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(CapsuleRefused):
            read_capsule(file)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"capsule": 2}, "format 2"),
        ({"seed": 8}, "damaged"),
        ({"sha256": None}, "damaged"),
        ({"inputs": [{BYTES: "AA=="}]}, "damaged"),
    ],
)
def test_another_format_and_a_changed_member_are_refused_with_the_reason(tmp_path: Path, facts: dict[str, Any], words: str) -> None:
    with pytest.raises(CapsuleRefused, match=words):
        read_capsule(changed(kept(tmp_path), **facts))


def test_another_suite_is_named_with_how_to_get_it(tmp_path: Path) -> None:
    run = result(failed(), suite={"version": "9.9", "hash": "other"})
    file = tmp_path / "capsule.json"
    file.write_bytes(written(capsule(run.verdicts[0], run)))
    with pytest.raises(CapsuleRefused, match=r"of suite 9\.9.*pip install hulian\[conformance\]==9\.9"):
        read_capsule(file)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 100_000, b'{"capsule": 1}'])
def test_what_is_no_capsule_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "capsule.json"
    file.write_bytes(content)
    with pytest.raises(CapsuleRefused):
        read_capsule(file)
    with pytest.raises(CapsuleRefused, match="cannot be read"):
        read_capsule(tmp_path / "nowhere.json")


def test_the_suite_is_known_by_a_hash_that_its_reports_do_not_change() -> None:
    assert len(suite()["hash"]) == 64
    assert differs(capsule(failed(), result(suite=SUITE | {"hash": "other"})))
