"""What `make run` asks for has a wheel on every machine that a hub is made of: what has none somewhere is not asked for there."""

from importlib.metadata import requires
from typing import Final

import pytest
from packaging.requirements import Requirement

COMPILED: Final = {"python-mbedtls", "lakers-python", "uvloop", "pyyaml"}
"""Extras that would need a compiler, and headers, on a machine their makers have no wheel for."""


def asked(machine: str, python: str) -> set[str]:
    """Return which of these `hulian[all]` asks for on such a machine."""
    here = {"platform_machine": machine, "python_version": python, "extra": "all"}
    wanted = map(Requirement, requires("hulian") or [])
    return {each.name.lower() for each in wanted if each.marker is not None and each.marker.evaluate(here)} & COMPILED


@pytest.mark.parametrize(
    ("machine", "python", "left"),
    [
        ("x86_64", "3.11", set()),
        ("x86_64", "3.12", set()),
        ("x86_64", "3.13", {"python-mbedtls"}),
        ("aarch64", "3.11", {"python-mbedtls"}),
        ("aarch64", "3.13", {"python-mbedtls"}),
        ("armv7l", "3.11", COMPILED),
    ],
)
def test_a_machine_without_a_compiler_is_asked_for_wheels_only(machine: str, python: str, left: set[str]) -> None:
    assert asked(machine, python) == COMPILED - left
