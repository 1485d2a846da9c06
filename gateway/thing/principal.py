"""Who asks: every Command carries a Principal from the first code on."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a principal may do; from least to most: viewer, user, owner. The others stand beside that ladder."""

    VIEWER = "viewer"
    USER = "user"
    OWNER = "owner"
    SERVICE = "service"
    FACTORY = "factory"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Principal:
    """A name and its role."""

    name: str
    role: Role


LOCAL = Principal("local", Role.OWNER)
"""Whoever reaches the gateway over loopback while no owner exists (profile decision 16)."""
