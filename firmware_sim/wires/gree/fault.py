"""The one error of this wire's codec."""


class Unreadable(Exception):
    """A datagram this unit cannot read: it says nothing and counts it."""
