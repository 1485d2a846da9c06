"""Whom the desk tells and asks, and what it answers to whoever brings credentials."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gateway.discovery.entry import InboxEntry
from gateway.drivers.spi import Registration

Key: TypeAlias = tuple[str, str]
"""Driver and key of a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Who is told: the supervisor (`adopt`, `moved`, `dropped`) and whoever shows the inbox (`changed`).

    And who is asked: `away`, unit to the seconds it has had no session; `reached`, at which address and port a unit answers.
    """

    adopt: Callable[[Registration], None]
    moved: Callable[[str, str, str, int, Mapping[str, str]], None]
    dropped: Callable[[str, str], Awaitable[None]]
    changed: Callable[[InboxEntry], None]
    away: Callable[[], Mapping[Key, float]]
    reached: Callable[[str, str], tuple[str, int] | None]


class Given(NamedTuple):
    """What became of credentials that were given: whether their unit is in the home now, and why not although it was found."""

    registered: bool
    problem: str = ""
