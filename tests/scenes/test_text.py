"""Whatever somebody writes: there are findings, never an exception."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.profile.findings import Severity
from gateway.scenes.check import check_scene
from gateway.scenes.reading import scene_of
from tests.scenes.kit import KINDS

SAID = """scene names parameters steps select set invoke input wait until delay with deadline onFail kind feature room tag id not parameter
type default minimum multipleOf enum light power number PT5S rollback boolean en test brightness * __proto__ 电灯"""
WORDS = st.just("") | st.sampled_from(SAID.split())
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), WORDS)
TREES = st.recursive(PLAIN, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)), max_leaves=25)
STEPS = st.dictionaries(WORDS, TREES, max_size=4)
DOCUMENTS = st.fixed_dictionaries(
    {"scene": st.just("test"), "steps": st.lists(STEPS, max_size=4)}, optional={"names": TREES, "parameters": TREES, "with": TREES}
)


def read(text: str) -> bool:
    """Return whether a text is a scene without mistakes."""
    scene, pages = scene_of(text, "test.yaml")
    if scene is not None:
        check_scene(scene, pages, KINDS, {scene.id: scene})
    assert scene is not None or pages.findings
    assert all(finding.line >= 1 and finding.message for finding in pages.findings)
    return not any(finding.severity is Severity.ERROR for finding in pages.findings)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet=":-{}[]&*!|>'\"% \n\tab0", max_size=60))
def test_any_text_is_a_scene_or_has_findings(text: str) -> None:
    read(text)


PARAMETERS = st.dictionaries(
    st.sampled_from(["level", "7", ""]),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["number", "integer", "string", "boolean", []])},
        optional=dict.fromkeys(("default", "minimum", "maximum", "multipleOf", "enum", "unit", "titles"), TREES | st.integers(-5, 5)),
    ),
    max_size=2,
)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS | TREES)
def test_any_tree_is_a_scene_or_has_findings(tree: object) -> None:
    read(json.dumps(tree))


@settings(max_examples=40, deadline=None)
@given(PARAMETERS)
def test_any_parameters_are_read_or_have_findings(parameters: object) -> None:
    read(json.dumps({"scene": "test", "parameters": parameters, "steps": [{"delay": "PT1S"}]}))
