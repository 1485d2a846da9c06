"""What a broker's reason codes mean, in words, and what a person can do about the ones that will not pass by themselves."""

from typing import Final

NO_VERSION, ID_REFUSED, BAD_CREDENTIALS, NOT_ALLOWED, BANNED, TOO_LARGE = 0x84, 0x85, 0x86, 0x87, 0x8A, 0x95
REFUSAL: Final = 0x80
"""Codes from here on mean no."""
QUOTA: Final = 0x97

ADVICE: Final = {
    NO_VERSION: "it does not speak this version of MQTT",
    ID_REFUSED: "it refuses our client id",
    BAD_CREDENTIALS: "user name or password are wrong: correct them in the broker's address",
    NOT_ALLOWED: "it does not let us in: give user name and password in the broker's address, or let this user in at the broker",
    BANNED: "it has banned this client",
}
"""Connecting again changes nothing until a person acts."""

_WORDS: Final = {
    0x00: "goodbye",
    0x80: "something went wrong there",
    0x81: "our packet could not be read",
    0x82: "we broke the protocol",
    0x83: "an error of its own",
    0x88: "it is not available now",
    0x89: "it is busy",
    0x8B: "it is shutting down",
    0x8D: "it heard nothing from us for too long",
    0x8E: "another client took our client id",
    0x90: "a topic it does not take",
    0x93: "we sent more than it takes at once",
    TOO_LARGE: "our packet was too large",
    0x96: "we send too often",
    QUOTA: "its quota is used up",
    0x98: "its administrator ended the connection",
    0x99: "a payload of the wrong form",
    0x9A: "it keeps no retained messages",
    0x9C: "use another server",
    0x9D: "it has moved",
    0x9F: "we connect too often",
}


def words(code: int) -> str:
    """Return what a reason code means."""
    return ADVICE.get(code) or _WORDS.get(code) or f"reason code 0x{code:02x}"
