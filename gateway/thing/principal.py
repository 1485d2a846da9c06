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
    """A name and its role. `known` False: only the role can be told, not who it is (a bare MQTT topic), so nobody can be asked back."""

    name: str
    role: Role
    known: bool = True


LOCAL = Principal("local", Role.OWNER)
"""Whoever reaches the gateway over loopback while no owner exists (profile decision 16)."""
