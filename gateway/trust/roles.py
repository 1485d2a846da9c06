"""What each role may do: one table, asked by the home, by every face and by the rules of the broker.

A person is a viewer, a user or an owner, each of which may do what the one before may. Service and factory people read what
is private and control nothing; an appliance only speaks for itself.
"""

from enum import StrEnum
from typing import Final

from gateway.errors import BadSyntax, Forbidden
from gateway.thing.principal import Principal, Role


class Permission(StrEnum):
    """One thing a role may be allowed."""

    READ = "read"
    """Public state, descriptions, events, runs and acks."""
    READ_PRIVATE = "read-private"
    """Properties the profile marks private."""
    CONTROL = "control"
    """Write properties, invoke actions, cancel runs."""
    CONFIRM = "confirm"
    """Confirm, as a person, what has danger 2."""
    WRITE_PRIVATE = "write-private"
    """Write properties the profile marks private."""
    ADMINISTER = "administer"
    """Names, rooms, tags, the inbox, forgetting, pairing and revoking."""
    SPEAK = "speak"
    """Publish as an appliance, under its own root only."""


_VIEWER = frozenset({Permission.READ})
_USER = _VIEWER | {Permission.CONTROL, Permission.CONFIRM}
_READER = _VIEWER | {Permission.READ_PRIVATE}

TABLE: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: _VIEWER,
    Role.USER: _USER,
    Role.OWNER: _USER | {Permission.READ_PRIVATE, Permission.WRITE_PRIVATE, Permission.ADMINISTER},
    Role.SERVICE: _READER,
    Role.FACTORY: _READER,
    Role.DEVICE: frozenset({Permission.SPEAK}),
}


LADDER: Final = (Role.VIEWER, Role.USER, Role.OWNER)
"""The roles of people, from least to most."""


def role_to_lower_to(value: object) -> Role:
    """Return the role somebody is to have from now on, who may more; raise BadSyntax."""
    for role in LADDER[:-1]:
        if value == role.value:
            return role
    raise BadSyntax(f"`role` is {' or '.join(role.value for role in LADDER[:-1])}: a role is only lowered")


def may(role: Role, permission: Permission) -> bool:
    """Return whether a role has a permission."""
    return permission in TABLE[role]


def require(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden unless the principal's role has the permission."""
    if not may(principal.role, permission):
        raise Forbidden(f"the role {principal.role.value} may not {permission.value.replace('-', ' what is ')}")
