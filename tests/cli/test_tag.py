"""`hulian tag` over a hub that is played: words added, taken off, cleared and listed."""

import json
from typing import Any, Self

import pytest
from typer.testing import CliRunner

import gateway.cli.tag
from gateway.cli.main import app

HOME = {"light-hall": ["night-light"], "plug-desk": []}


class Hub:
    """Plays the calls of a hub."""

    def __init__(self) -> None:
        self.tags = {device: list(tags) for device, tags in HOME.items()}

    def __call__(self, _data: Any) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def call(self, name: str, /, **given: Any) -> Any:
        records = [{"id": device, "tags": tags} for device, tags in self.tags.items()]
        if name == "devices":
            return {"devices": records}
        if name == "tag":
            self.tags[given["device"]] = given["tags"]
        return next(record for record in records if str(record["id"]).startswith(given["device"]))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub()
    monkeypatch.setattr(gateway.cli.tag, "Client", hub)
    return hub


@pytest.mark.parametrize(
    ("words", "then"),
    [
        (["plug", "bedside", "warm"], {"plug-desk": ["bedside", "warm"]}),
        (["light", "bedside", "night-light"], {"light-hall": ["night-light", "bedside"]}),
        (["light", "night-light", "--remove"], {"light-hall": []}),
        (["light", "--clear"], {"light-hall": []}),
        (["light"], {}),
    ],
)
def test_tags_are_added_taken_off_and_cleared_and_no_other_device_is_touched(hub: Hub, words: list[str], then: dict[str, Any]) -> None:
    told = CliRunner().invoke(app, ["tag", *words, "--json"])
    assert told.exit_code == 0, told.output
    assert hub.tags == HOME | then
    record = json.loads(told.stdout)
    assert record["tags"] == hub.tags[record["id"]]


def test_without_a_device_those_that_have_tags_are_listed(hub: Hub) -> None:
    assert CliRunner().invoke(app, ["tag"]).stdout == "light-hall  night-light\n"
    hub.tags = {"plug-desk": []}
    assert "hulian tag DEVICE TAG" in CliRunner().invoke(app, ["tag"]).stdout


@pytest.mark.parametrize("words", [["light", "warm", "--remove"], ["--clear"], ["light", "--remove"], ["light", "a", "--clear"]])
def test_what_makes_no_sense_is_refused_and_nothing_is_changed(hub: Hub, words: list[str]) -> None:
    assert CliRunner().invoke(app, ["tag", *words]).exit_code != 0
    assert hub.tags == HOME
