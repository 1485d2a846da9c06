"""The library: what it reads, what it keeps, and what it does with damage."""

import shutil
from pathlib import Path

import pytest

from gateway.errors import ProfileInvalid, Unknown
from gateway.profile.library import PROFILES, Library


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROFILES, tmp_path / "profiles"))


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_a_model_is_read_once(library: Library) -> None:
    assert library.model("light") is library.model("light")


def test_what_was_kept_is_the_same_model(copied: Path, tmp_path: Path) -> None:
    first = Library(copied, cache=tmp_path / "kept").model("plug")
    again = Library(copied, cache=tmp_path / "kept").model("plug")
    assert (again.hash, again.document, again.features) == (first.hash, first.document, first.features)
    assert len(kept(tmp_path / "kept")) == 1


def test_what_was_kept_is_used_instead_of_the_yaml(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Library(copied, cache=tmp_path / "kept").model("plug")
    monkeypatch.setattr("gateway.profile.resolver.read_yaml", lambda path: pytest.fail(f"{path} was read again"))
    assert Library(copied, cache=tmp_path / "kept").model("plug").kind == "plug"


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x00" * 100, b"0" * 64 + b"\n{}"], ids=["empty", "text", "zeros", "wrong digest"])
def test_a_damaged_cache_is_rebuilt(copied: Path, tmp_path: Path, damage: bytes) -> None:
    first = Library(copied, cache=tmp_path / "kept").model("plug")
    path = kept(tmp_path / "kept")[0]
    good = path.read_bytes()
    path.write_bytes(damage)
    assert Library(copied, cache=tmp_path / "kept").model("plug").hash == first.hash
    assert path.read_bytes() == good


def test_a_changed_source_makes_what_was_kept_old(copied: Path, tmp_path: Path) -> None:
    first = Library(copied, cache=tmp_path / "kept").model("plug")
    mixin = copied / "mixin-energy-1.yaml"
    mixin.write_text(mixin.read_text().replace("maximum: 10000", "maximum: 9000"))
    assert Library(copied, cache=tmp_path / "kept").model("plug").hash != first.hash
    assert len(kept(tmp_path / "kept")) == 1


def test_a_folder_that_cannot_be_written_is_done_without(copied: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert Library(copied, cache=occupied / "kept").model("light").kind == "light"


@pytest.mark.parametrize(
    "kind", ["teleporter", "", "../light", "light-1", "mixin-energy", "appliance-base", "faults", "LIGHT", "a" * 500, None, 5]
)
def test_what_is_no_kind_is_unknown(library: Library, kind: str) -> None:
    with pytest.raises(Unknown):
        library.model(kind)


def test_an_unknown_major_version_is_unknown(library: Library) -> None:
    with pytest.raises(Unknown):
        library.model("light", 2)


def test_a_profile_that_is_not_yaml_names_its_line(copied: Path) -> None:
    path = copied / "light-1.yaml"
    path.write_text(path.read_text().replace("properties:\n", "properties: [\n", 1))
    with pytest.raises(ProfileInvalid) as caught:
        Library(copied).model("light")
    assert caught.value.path == str(path)
    assert caught.value.line is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("./mixin-energy-1.yaml#/properties/powerDraw", "./mixin-energy-1.yaml#/properties/nothing"),
        ("./mixin-energy-1.yaml", "./nowhere-1.yaml"),
    ],
)
def test_a_reference_to_nothing_is_invalid(copied: Path, old: str, new: str) -> None:
    path = copied / "light-1.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ProfileInvalid):
        Library(copied).model("light")


def test_a_profile_that_extends_or_refers_to_itself_is_invalid(copied: Path) -> None:
    base = copied / "appliance-base-1.yaml"
    good = base.read_text()
    base.write_text(good.replace("hl:maturity:", "links: [{rel: 'tm:extends', href: ./light-1.yaml}]\nhl:maturity:"))
    with pytest.raises(ProfileInvalid, match="extends itself"):
        Library(copied).model("light")
    base.write_text(good.replace("    title: Child lock\n", '    "tm:ref": "./appliance-base-1.yaml#/properties/childLock"\n', 1))
    with pytest.raises(ProfileInvalid, match="refers to itself"):
        Library(copied).model("light")
