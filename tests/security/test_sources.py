"""No secret lies in the sources: no private key, no token, no password, and nothing that looks like a key and does not say what it is.

A constant that looks like a key must be told: the line, or one of the lines above it (the first words of its function), says `vector`
(of a published test) or `published`; or its file stands in PUBLISHED with the reason.
"""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

PUBLISHED = {
    "gateway/drivers/midea/reply.py": "the frame every Midea appliance answers to",
    "tests/drivers/midea/test_description.py": "an answer of a real appliance, without its serial number",
    "tests/drivers/midea/test_wire.py": "a status frame of a real appliance",
    "tests/kit/midea_bytes.py": "frames made with openssl, of a token and a key that were made up for them",
    "tests/security/test_sources.py": "planted, to be found",
    "tests/firmware_sim/test_infrared.py": "the bits of a remote's NEC code",
}
"""Files with constants that look like keys and are none, and what they are."""

SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\\?n?\s*[A-Za-z0-9+/]{16}"),
    "a cloud access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of a code host": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20})"),
    "a token of a chat": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    "a password in a URL": re.compile(r"\b[a-z]+://[^\s/:@\"'{}<>]+:(?!(?:PASSWORD|password|secret|s%40fe|s)@)[^\s/:@\"'{}<>]{6,}@"),
}
ASSIGNED = re.compile(
    r"\b\w*(?:password|passphrase|secret|token|api_?key|private_?key|psk)\w*[\"']?\s*(?::\s*\w+\s*)?[=:]\s*b?[\"']([^\"'\s{}]{8,})[\"']",
    re.IGNORECASE,
)
"""A literal given to something whose name says that it is secret; in what is shipped there is none."""
KEY_LIKE = re.compile(r"\b(?:[0-9a-f]{32,}|[0-9A-F]{32,})\b|[\"']([A-Za-z0-9+/_-]{40,}={0,2})[\"']")
TOLD = re.compile(r"vector|published|RFC ?\d{4}|sha-?256|digest", re.IGNORECASE)
LINES_ABOVE = 20
SHIPPED = ("gateway/", "firmware_sim/")


def tracked() -> Iterator[tuple[str, str]]:
    """Yield path and text of every text file under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text()
            except UnicodeDecodeError:
                assert path.suffix in (".png", ".ico", ".webp"), f"{name} is no text and cannot be looked through"


def findings(name: str, text: str) -> Iterator[str]:
    """Yield what looks like a secret in one file."""
    for what, shape in SHAPES.items():
        for found in shape.finditer(text):
            yield f"{name}:{line_of(text, found.start())}: {what}"
    if name.startswith(SHIPPED):
        for found in ASSIGNED.finditer(text):
            if random_looking(found[1]):
                yield f"{name}:{line_of(text, found.start())}: a literal with a secret's name"
    if name.endswith((".py", ".toml", ".sh", ".json", ".js")) and name not in PUBLISHED:
        for found in KEY_LIKE.finditer(text):
            word = found[1] or found[0]
            if (is_hex(word) or mixed_case(word)) and random_looking(word) and not told(text, found.start()):
                yield f"{name}:{line_of(text, found.start())}: looks like a key and does not say what it is: {word[:12]}..."


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def told(text: str, at: int) -> bool:
    """Return whether the lines up to this place say what the constant is."""
    lines = text.splitlines()[max(0, line_of(text, at) - LINES_ABOVE) : line_of(text, at)]
    return any(TOLD.search(line) for line in lines)


def random_looking(word: str) -> bool:
    """Return whether a word is mixed as keys are: not a name, a sentence, or one character again and again."""
    counts = Counter(word)
    entropy = -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())
    return entropy >= (2.5 if is_hex(word) else 3.8) and any(each.isdigit() for each in word)


def is_hex(word: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", word) is not None


def mixed_case(word: str) -> bool:
    """Return whether a word has letters of both cases, as base64 has and topics and paths have not."""
    return word.lower() != word != word.upper()


def test_no_secret_lies_in_the_sources() -> None:
    assert [finding for name, text in tracked() for finding in findings(name, text)] == []


def test_every_exception_still_names_a_file_with_such_a_constant() -> None:
    texts = dict(tracked())
    stale = [name for name in PUBLISHED if name not in texts or not KEY_LIKE.search(texts[name])]
    assert stale == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("docs/x.md", "-----BEGIN " + "PRIVATE KEY-----\n" + "MC4CAQAwBQYDK2VwBCIEIJ"),
        ("x.py", "key = '''-----BEGIN EC " + "PRIVATE KEY-----\n" + "MHcCAQEEIBkg4LVWM9nuw'''"),
        ("Makefile", "AKIA" + "IOSFODNN7EXAMPLE"),
        ("x.yaml", "token: ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
        ("x.md", "mqtt://anna:" + "correcthorse@hub"),
        ("gateway/x.py", "PASSWORD: str = " + "'7f3kQ9mx2LpZ81vWd'"),
        ("gateway/x.py", "KEY = bytes.fromhex('" + "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b" + "')"),
        ("tests/x.py", "KEY = '" + "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=" + "'"),
    ],
)
def test_a_planted_secret_is_found(name: str, line: str) -> None:
    assert list(findings(name, line))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("gateway/x.py", "token = read_token(path)"),
        ("gateway/x.py", "password_file: Path | None = None"),
        ("gateway/x.py", "TOPIC = 'hulian/1/+/self/very/long/topic/name/that/is/no/key/at/all'"),
        ("tests/x.py", "# the test vector of RFC 8613, C.1\nKEY = '" + "0102030405060708090a0b0c0d0e0f10" + "'"),
        ("tests/x.py", "ZERO = '" + "0" * 64 + "'"),
        ("x.md", "mqtt://USER:PASSWORD@host"),
    ],
)
def test_what_is_no_secret_is_left_alone(name: str, line: str) -> None:
    assert list(findings(name, line)) == []
