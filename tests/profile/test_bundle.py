"""The bundle a wheel carries gives the same models as the files, and is not believed once the files have changed."""

import shutil
from pathlib import Path

import orjson
import pytest

from gateway.profile.bundle import BUNDLE
from gateway.profile.library import PROFILES, Library

KINDS = ("light", "plug", "air-conditioner")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three kinds with its bundle beside them, as in an installed wheel."""
    folder = tmp_path_factory.mktemp("profiles")
    for path in PROFILES.glob("*.yaml"):
        if path.name.startswith(("mixin-", "appliance-base-", *(f"{kind}-" for kind in KINDS))):
            shutil.copy(path, folder)
    (folder / BUNDLE).write_bytes(Library(folder).bundle())
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundled_model_is_the_one_of_the_files_without_reading_them(
    kind: str, bundled: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_files = library.model(kind)
    monkeypatch.setattr(Library, "_resolved", lambda _, name: pytest.fail(f"{name} was read from YAML"))
    model = Library(bundled).model(kind)
    assert (model.document, model.hash) == (from_files.document, from_files.hash)


def test_kinds_share_what_they_have_in_common(bundled: Path) -> None:
    light, plug = (Library(bundled).model(kind) for kind in ("light", "plug"))
    assert light.document["properties"]["faults"] == plug.document["properties"]["faults"]
    one = Library(bundled)
    assert one.model("light").document["properties"]["faults"] is one.model("plug").document["properties"]["faults"]


def test_a_bundle_is_not_believed_once_a_file_has_changed(bundled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled, tmp_path / "changed"))
    path = folder / "light-1.yaml"
    path.write_text(path.read_text().replace("title: Light\n", "title: Lamp\n").replace("en: Light,", "en: Lamp,"))
    assert Library(folder).model("light").title != Library(bundled).model("light").title


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"sources": 1}'])
def test_a_damaged_bundle_is_done_without(damage: bytes, bundled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled, tmp_path / "damaged"))
    (folder / BUNDLE).write_bytes(damage)
    assert Library(folder).model("light").hash == Library(bundled).model("light").hash


def test_kinds_read_from_files_and_kept_ones_share_too(bundled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled, tmp_path / "checkout"))
    (folder / BUNDLE).unlink()
    Library(folder, cache=tmp_path / "cache").model("light")
    mixed = Library(folder, cache=tmp_path / "cache")
    assert mixed.model("light").document["properties"]["faults"] is mixed.model("plug").document["properties"]["faults"]


@pytest.mark.parametrize("part", ["{", "", 5, None])
def test_a_model_with_a_damaged_part_is_read_from_its_files(part: object, bundled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled, tmp_path / "damaged"))
    bundle = orjson.loads((folder / BUNDLE).read_bytes())
    (folder / BUNDLE).write_bytes(orjson.dumps({**bundle, "pool": [part] * len(bundle["pool"])}))
    assert Library(folder).model("light").hash == Library(bundled).model("light").hash


def test_a_mixin_is_in_the_bundle_too(bundled: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from_files = library.mixin("mixin-energy-1")
    monkeypatch.setattr(Library, "_resolved", lambda _, name: pytest.fail(f"{name} was read from YAML"))
    assert Library(bundled).mixin("mixin-energy-1") == from_files
