"""The scenes that come along: ordinary documents without a mistake, in both languages, and a table that says no more than is known."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.scene import app
from gateway.errors import Unknown
from gateway.profile.findings import Severity
from gateway.scenes.builtin.built_in import classes, document_of, figures, names, path_of, text_of
from gateway.scenes.checking import check_files
from gateway.scenes.reading import scene_of

OURS = {"leaving", "coming-home", "good-night", "cinema", "summer-night", "air-quality", "inactivity"}
LANGUAGES = {"en", "zh-Hans"}


def test_all_of_them_are_without_a_mistake() -> None:
    assert set(names()) >= OURS
    checked = check_files([path_of(name) for name in names()])
    assert [finding for finding in checked.findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_is_called_as_its_file_and_speaks_both_languages(name: str) -> None:
    scene, pages = scene_of(text_of(name), name)
    assert scene is not None
    assert (scene.id, pages.findings) == (name, [])
    document = document_of(name)
    told: list[Any] = [document["names"], document["descriptions"], *(each["titles"] for each in document.get("parameters", {}).values())]
    for step in document["steps"]:
        if notice := step.get("notify"):
            told += [notice["text"], *(each["text"] for each in notice["escalate"])]
    assert all(set(each) == LANGUAGES for each in told)


def test_what_heats_is_put_back_by_leaving_and_nothing_that_must_run_is_touched() -> None:
    scene, _ = scene_of(text_of("leaving"), "leaving")
    assert scene is not None
    kinds = {kind for step in scene.steps for kind in getattr(step, "select").kinds}  # noqa: B009 - every step of it has one
    assert kinds.isdisjoint({"refrigerator", "plug", "door-lock", "smoke-gas-alarm", "elder-care", "gateway", "camera"})
    assert [getattr(step, "on_fail") for step in scene.steps] == ["rollback", "continue", "continue"]  # noqa: B009


def test_nobody_stirring_is_told_with_more_weight_until_somebody_answers() -> None:
    scene, _ = scene_of(text_of("inactivity"), "inactivity")
    assert scene is not None
    (notice,) = scene.steps
    assert (notice.acknowledged, len(notice.escalate)) == (True, 2)  # type: ignore[union-attr]
    assert len(scene.triggers) == 1


def test_the_table_of_classes_names_scenes_that_are_there_and_effects_that_measure_what_it_says() -> None:
    table = classes()
    assert len(table["classes"]) + table["unnamed"]["count"] == 9
    assert {scene for each in table["classes"] for scene in each["scenes"]} <= set(names())
    measured = {name: list(_public(name)) for name in names()}
    claimed = {aim["public"] for aims in measured.values() for aim in aims}
    assert claimed == {name for name, figure in figures().items() if figure["measured"]}
    for name, figure in figures().items():
        assert figure["measured"] or figure["why"]
        for aim in [aim for aims in measured.values() for aim in aims if aim["public"] == name]:
            assert name != "temperature" or aim["within"] == figure["value"]["within"]
            assert name != "light" or aim["share"] == figure["value"]["atLeast"]


def _public(name: str) -> list[dict[str, Any]]:
    return [aim for aim in document_of(name).get("effect", ()) if "public" in aim]


def test_the_command_line_lists_and_prints_them() -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["builtin", "--json"]).stdout.splitlines()
    assert [json.loads(line)["scene"] for line in listed] == list(names())
    assert runner.invoke(app, ["builtin", "leaving"]).stdout == text_of("leaving")
    assert "not named in what is public" in runner.invoke(app, ["builtin", "--classes"]).stdout
    assert "noise" in runner.invoke(app, ["builtin", "--classes", "--json"]).stdout
    with pytest.raises(Unknown, match="leaving"):
        path_of("leaving.yaml")
