"""What a unit calls something, as it may be shown to a person: units are strangers, and a name may be anything."""


def shown(said: object, most: int = 64) -> str:
    """Return the printable characters of a text, `most` at most (no escapes for a terminal, no halves of characters); "" for no text."""
    return "".join(filter(str.isprintable, said[: 4 * most]))[:most] if isinstance(said, str) else ""
