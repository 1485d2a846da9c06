"""What is wrong with a datagram."""


class Unreadable(Exception):
    """Not a packet, or one that was sealed with another token; a device keeps silent about it."""
