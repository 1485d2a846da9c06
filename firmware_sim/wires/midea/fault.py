"""The one error of this wire's codecs."""


class Unreadable(Exception):
    """Bytes a client sent that this unit cannot read: it says nothing and counts them."""
