"""What cannot be read."""


class Unreadable(Exception):
    """A datagram is no frame of this protocol."""
