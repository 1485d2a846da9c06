"""What a hub says at `/.well-known/security.txt` (RFC 9116): whom to tell of a hole in it.

Whom is for whoever sells or runs the hub to say; without a contact there is no such text, for one that nobody reads is worse than
none. It is made when it is asked for, so it never says a time that is past.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from gateway.errors import ConfigurationInvalid
from gateway.thing.timestamp import iso

PATH: Final = "/.well-known/security.txt"
MEDIA_TYPE: Final = "text/plain; charset=utf-8"
VALID_SECONDS: Final = 180 * 86400
"""How long a text may be believed; the RFC asks for less than a year."""
LANGUAGES: Final = ("en", "zh")
_SCHEMES: Final = ("https", "mailto", "tel")
_LONGEST: Final = 2000


def security_txt(contacts: Sequence[str], now: float, *, policy: str | None = None, languages: Sequence[str] = LANGUAGES) -> str:
    """Return the text, good from `now` (seconds since the epoch); raise ConfigurationInvalid for a contact or policy that is no URI.

    `contacts`: `mailto:`, `https:` or `tel:` URIs, the preferred one first. `policy`: where the promises of SECURITY.md can be read.
    """
    if not contacts:
        raise ConfigurationInvalid("security.txt needs a contact, such as mailto:security@example.com: who hears of a hole?")
    lines = [f"Contact: {_uri(contact)}" for contact in contacts]
    lines.append(f"Expires: {iso(int(now) + VALID_SECONDS)}")
    lines.append(f"Preferred-Languages: {', '.join(languages)}")
    if policy is not None:
        lines.append(f"Policy: {_uri(policy)}")
    return "".join(f"{line}\r\n" for line in lines)


def _uri(text: str) -> str:
    """Return a URI as it is written; one that would begin another line, or has no place behind its scheme, is refused."""
    bad = len(text) > _LONGEST or any(character.isspace() or not character.isprintable() for character in text)
    scheme, _, rest = text.partition(":")
    if bad or scheme not in _SCHEMES or not rest or (scheme == "https" and not urlsplit(text).netloc):
        raise ConfigurationInvalid(f"security.txt: {text[:80]!r} is no contact: write mailto:..., https://... or tel:...")
    return text
