"""Which modules have checks, in the order they run: what is read before what is moved, what is rough last."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final

from gateway.conformance.check import Check
from gateway.conformance.requirement import requirements

MODULES: Final = (
    "description",
    "discovery",
    "state",
    "sequence",
    "report",
    "encoding",
    "command",
    "identifier",
    "atomic",
    "long_action",
    "conversation",
    "error",
    "error_values",
    "error_bytes",
    "error_faults",
    "error_retained",
    "forms",
    "robustness",
    "network",
    "clock",
    "timing",
    "security",
    "credential",
    "energy",
    "lifecycle",
    "box",
    "accessory",
)


@cache
def checks() -> tuple[Check, ...]:
    """Return every check, by module, in the order of its requirement."""
    order = list(requirements())
    return tuple(each for module in MODULES for each in sorted(_of(module), key=lambda each: (order.index(each.requirement), each.name)))


def _of(module: str) -> Iterator[Check]:
    found = vars(import_module(f"gateway.conformance.checks.{module}"))
    yield from (each for each in found.values() if isinstance(each, Check))
