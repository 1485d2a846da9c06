"""Effects and notices as people write them: what is wrong is said with its line, before any device is asked."""

import pytest

from gateway.scenes.check import check_scene
from gateway.scenes.reading import scene_of
from tests.scenes.kit import KINDS

HEAD = """scene: written
parameters:
  warmth: {type: number, minimum: 18, maximum: 30, default: 26}
  word: {type: string, default: cool}
"""
STEPS = "steps: [{select: {kind: light}, set: {power: false}}]\n"
AIM = "select: {kind: air-conditioner}, property: roomTemperature"
NOTIFY = "text: {en: Is all well?}"


def said(text: str) -> list[tuple[int, str]]:
    scene, pages = scene_of(text, "written")
    if scene is not None:
        check_scene(scene, pages, KINDS, {scene.id: scene})
    return [(finding.line, f"{finding.pointer} {finding.message}") for finding in pages.findings]


@pytest.mark.parametrize(
    ("aim", "what"),
    [
        (f"{AIM}, after: PT30M", "says no limit"),
        (f"{AIM}, atMost: 28", "/effect/0/after"),
        (f"{AIM}, near: 26, after: PT30M", "`near` and `within` together"),
        (f"{AIM}, within: 2, atMost: 3, after: PT30M", "`near` and `within` together"),
        (f"{AIM}, near: 26, within: 2, atMost: 3, after: PT30M", "only atMost and atLeast go together"),
        (f"{AIM}, atMost: warm, after: PT30M", "is a number"),
        (f"{AIM}, atMost: 999, after: PT30M", "999 is nothing atMost can ask for"),
        (f"{AIM}, atMost: {{parameter: cold}}, after: PT30M", "names the parameter 'cold'"),
        (f"{AIM}, atMost: {{parameter: word}}, after: PT30M", "the parameter word is no number"),
        (f"{AIM}, atMost: 28, after: PT30M, share: 0", "percent"),
        (f"{AIM}, atMost: 28, after: PT30M, public: beauty", "no published figure is called 'beauty'"),
        (f"{AIM}, atMost: 28, after: PT48H", "a day at most"),
        (f"{AIM}, atMost: 28, after: PT30M, until: PT1H", "is not known here"),
        (
            "select: {kind: air-conditioner}, property: brightness, atMost: 3, after: PT30M",
            "none of the kinds that are meant has a property",
        ),
        ("select: {kind: air-conditioner}, property: mode, atMost: 3, after: PT30M", "say with `is` what it has to be"),
        ("select: {kind: air-conditioner}, property: mode, is: [cool, sideways], after: PT30M", "'sideways' is never shown"),
        ("select: {kind: toaster}, property: power, is: true, after: PT30M", "no kind is called 'toaster'"),
    ],
)
def test_a_wrong_effect_is_named_with_its_line(aim: str, what: str) -> None:
    found = said(f"{HEAD}{STEPS}effect:\n  - {{{aim}}}\n")
    assert any(line == 7 and what in text for line, text in found), found


@pytest.mark.parametrize(
    ("notice", "what"),
    [
        ("until: acknowledged", "is a mapping of `en`"),
        ("text: {zh-Hans: 你好}", "is a mapping of `en`"),
        ("text: {en: Hello, de: Hallo}", "is a mapping of `en`"),
        (f"{NOTIFY}, again: PT5M", "only together with `until: acknowledged`"),
        (f"{NOTIFY}, until: morning", "is `acknowledged`, or left out"),
        (f"{NOTIFY}, until: acknowledged, times: 0", "a whole number from 1"),
        (f"{NOTIFY}, until: acknowledged, escalate: [{{after: PT5M}}]", "/escalate/0/text"),
        (f"{NOTIFY}, until: acknowledged, escalate: [{{text: {{en: Hello}}}}]", "/escalate/0/after"),
        (f"{NOTIFY}, to: ann", "is not known here"),
    ],
)
def test_a_wrong_notice_is_named_with_its_line(notice: str, what: str) -> None:
    found = said(f"{HEAD}steps:\n  - notify: {{{notice}}}\n")
    assert any(line == 6 and what in text for line, text in found), found


def test_what_is_right_is_read_with_all_it_says() -> None:
    aims = f"effect:\n  - {{{AIM}, near: {{parameter: warmth}}, within: 2, after: PT30M, for: PT10M, share: 80, public: temperature}}\n"
    text = f"{HEAD}{STEPS}{aims}"
    assert said(text) == []
    scene, _ = scene_of(text, "written")
    assert scene is not None
    (aim,) = scene.effect
    assert (aim.after, aim.hold, aim.share, aim.public, aim.line) == (1800, 600, 80, "temperature", 7)
