"""What is wrong with a scene before any device is asked, named with its file and line."""

from pathlib import Path

import pytest

from gateway.profile.findings import Severity
from gateway.scenes.checking import check_files, inner_first
from tests.scenes.kit import KINDS


def found(folder: Path, *texts: str) -> list[tuple[str, int, str, str]]:
    """Return file, line, rule and message of what is wrong in these scenes, given together."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(text)
    return [(each.path.name, each.line, each.rule, each.message) for each in check_files(paths, KINDS).findings]


def of_steps(*steps: str, name: str = "test", more: str = "") -> str:
    """Return a scene with its first step in line 3."""
    return f"scene: {name}\n{more}steps:\n" + "".join(f"  - {{{step}}}\n" for step in steps)


@pytest.mark.parametrize(
    ("step", "rule", "words"),
    [
        ("select: {kind: lihgt}, set: {power: true}", "scene-kind", "did you mean light"),
        ("select: {kind: light, feature: WRM}, set: {power: true}", "scene-feature", "feature 'WRM'"),
        ("select: {kind: light}, set: {targetTemperature: 21}", "scene-property", "targetTemperature"),
        ("select: {kind: light}, set: {brightness: 400}", "scene-value", "400"),
        ("select: {kind: light}, set: {faults: []}", "scene-value", "can only be read"),
        ("select: {kind: light}, invoke: fly", "scene-action", "fly"),
        ("select: {kind: door-lock}, invoke: unlock", "scene-danger", "asked of a person"),
        ("wait: {select: {kind: light}, until: {locked: true}}", "scene-property", "locked"),
        ("wait: {select: {kind: light}, until: {power: sometimes}}", "scene-value", "never shown"),
        ("scene: nowhere", "scene-nested", "no scene is called 'nowhere'"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(step: str, rule: str, words: str, tmp_path: Path) -> None:
    ((name, line, was, message),) = found(tmp_path, of_steps(step))
    assert (name, line, was) == ("0.yaml", 3, rule), message
    assert words in message


def test_what_a_person_is_asked_for_is_never_set_by_a_scene(tmp_path: Path) -> None:
    ((_, line, rule, message),) = found(tmp_path, of_steps("select: {kind: door-lock}, set: {autoRelock: false}"))
    assert (line, rule) == (3, "scene-value")
    assert "asked of a person" in message


def test_a_circle_of_scenes_is_named_in_each_of_them_with_the_way_round(tmp_path: Path) -> None:
    circle = found(tmp_path, of_steps("scene: b", name="a"), of_steps("scene: c", name="b"), of_steps("scene: a", name="c"))
    assert [(name, line, rule) for name, line, rule, _ in circle] == [(f"{at}.yaml", 3, "scene-cycle") for at in range(3)]
    assert "a > b > c > a" in circle[0][3]


def test_a_scene_inside_itself_is_a_circle(tmp_path: Path) -> None:
    assert [rule for *_, rule, _ in found(tmp_path, of_steps("scene: test"))] == ["scene-cycle"]


def test_a_deep_pile_of_scenes_is_checked_in_no_time(tmp_path: Path) -> None:
    pile = [of_steps(*[f"scene: s{at + 1}"] * 20, name=f"s{at}") for at in range(30)]
    assert found(tmp_path, *pile, of_steps("delay: PT1S", name="s30")) == []


ON = "select: {kind: light}, set: {power: true}"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (ON, "select: {kind: light, room: hall}, set: {power: false}", Severity.ERROR),
        (ON, "select: {kind: [light, plug]}, set: {power: false}", Severity.ERROR),
        (ON, "select: {room: hall}, set: {power: false}", Severity.WARNING),
        (ON, "select: {id: lamp-1}, set: {power: false}", Severity.WARNING),
        (ON, "select: {kind: plug}, set: {power: false}", None),
        ("select: {room: hall}, set: {power: true}", "select: {room: attic}, set: {power: false}", None),
        (ON, "select: {room: hall, not: {kind: light}}, set: {power: false}", None),
        (ON, "select: {room: hall}, set: {power: true}", None),
        (ON, "select: {tag: night}, set: {brightness: 5}", None),
    ],
)
def test_two_steps_that_fight_over_one_property_are_named(one: str, other: str, said: Severity | None, tmp_path: Path) -> None:
    path = tmp_path / "fight.yaml"
    path.write_text(of_steps(one, other))
    fights = [(each.line, each.rule, each.severity) for each in check_files([path], KINDS).findings]
    assert fights == ([(4, "scene-fight", said)] if said else [])


def test_what_comes_after_a_wait_is_no_fight(tmp_path: Path) -> None:
    steps = ("select: {kind: light}, set: {power: true}", "delay: PT1S", "select: {kind: light}, set: {power: false}")
    assert found(tmp_path, of_steps(*steps)) == []


def test_arguments_of_a_nested_scene_are_checked(tmp_path: Path) -> None:
    inner = of_steps("delay: PT1S", name="inner", more="parameters: {level: {type: integer, minimum: 0, maximum: 100, default: 5}}\n")
    wrong = of_steps("scene: inner, with: {levle: 5}", "scene: inner, with: {level: 500}", "scene: inner, with: {level: 50}", name="outer")
    assert [(name, line, rule) for name, line, rule, _ in found(tmp_path, inner, wrong)] == [
        ("1.yaml", 3, "scene-parameter"),
        ("1.yaml", 4, "scene-value"),
    ]


def test_a_parameter_is_checked_at_its_ends(tmp_path: Path) -> None:
    text = of_steps(
        "select: {kind: light}, set: {brightness: {parameter: level}}",
        more="parameters: {level: {type: integer, minimum: 0, maximum: 400, default: 5}}\n",
    )
    assert [(line, rule) for _, line, rule, _ in found(tmp_path, text)] == [(4, "scene-value")]


def test_one_kind_of_several_that_lacks_something_is_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "remark.yaml"
    path.write_text(of_steps("select: {kind: [light, plug]}, set: {brightness: 5}"))
    (finding,) = check_files([path], KINDS).findings
    assert finding.severity is Severity.WARNING
    assert "plug" in finding.message


def test_two_files_may_not_have_one_name(tmp_path: Path) -> None:
    assert [(name, rule) for name, _, rule, _ in found(tmp_path, of_steps("delay: PT1S"), of_steps("delay: PT2S"))] == [
        ("1.yaml", "scene-id")
    ]


def test_files_are_kept_in_an_order_in_which_each_finds_its_parts(tmp_path: Path) -> None:
    found(tmp_path, of_steps("scene: b", name="a"), of_steps("scene: c", name="b"), of_steps("delay: PT1S", name="c"))
    assert [path.name for path in inner_first(sorted(tmp_path.glob("*.yaml")))] == ["2.yaml", "1.yaml", "0.yaml"]
