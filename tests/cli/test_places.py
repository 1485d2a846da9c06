"""Where the command looks for a running gateway."""

from pathlib import Path

import pytest

from gateway.cli import places


def test_a_given_folder_is_the_only_one_looked_at(tmp_path: Path) -> None:
    assert places.data_folders(tmp_path) == (tmp_path,)


def test_without_one_the_home_and_then_the_demo_are_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HULIAN_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert places.data_folders(None) == (tmp_path / "hulian", tmp_path / "hulian" / "demo")


def test_each_home_of_the_demo_keeps_its_own_folder_and_all_of_them_are_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HULIAN_DATA", str(tmp_path))
    flat, brands, own = (places.demo_folder(home) for home in ("city-flat", "brands", "../elsewhere/my-home.yaml"))
    assert (flat, brands, own) == (tmp_path / "demo", tmp_path / "brands-demo", tmp_path / "my-home-demo")
    for folder in (own, brands):
        folder.mkdir()
    assert places.data_folders(None) == (tmp_path, flat, brands, own)


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HULIAN_DATA", str(tmp_path))
    assert places.home_folder() == tmp_path


def test_a_socket_path_always_fits_what_the_system_allows(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-very-long-folder-name"] * 12)
    assert len(str(places.socket_path(deep))) < 107
    assert places.socket_path(deep) != places.simulator_socket(deep)
    assert places.socket_path(tmp_path / "x") == tmp_path / "x" / "control.sock"
