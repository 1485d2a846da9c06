"""What the tests of the profile room share: one library, and a short way to an instance."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.description import Description

Build = Callable[..., Instance]


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(scope="session")
def build(library: Library) -> Build:
    def build_one(kind: str, *features: str, **more: Any) -> Instance:
        return library.model(kind).instance(Description(id=f"{kind}-1", kind=kind, features=features, **more))

    return build_one
