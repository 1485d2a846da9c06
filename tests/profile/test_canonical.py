"""Our quick way to the RFC 8785 form against the library that does nothing else."""

import math
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.profile.canonical import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-99, 99).map(float)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12)


@given(values)
@example({"\ufb33": 1, "\U0001f600": 2})
@example([1.0, -0.0, 1e21, 1e-7, 0.00001, 1e16, 123456789012345.6, 9007199254740991])
@example({"a": 100.0, "b": [4.0], "c": {"d": 5.0}})
@example(7.0)
def test_the_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": -math.inf}, 2**60])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(value)
