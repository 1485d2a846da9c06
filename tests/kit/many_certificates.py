"""Certificates by the thousand, drawn from a seed: every member there or not, texts in any script, and each second one spoiled."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from gateway.errors import CommandError
from gateway.trust.certificate.claim import read_claim
from gateway.trust.certificate.cose import read_cose
from gateway.trust.certificate.signing import sign_statement
from gateway.trust.certificate.signing_key import SigningKey, signing_key_from
from gateway.trust.certificate.statement import Statement

LETTERS = "abcXYZ0189-_/.,:;()[]{}\"'\\ é漢字智能家电🙂"


@dataclass(frozen=True)
class Drawn:
    """One certificate, perhaps spoiled in what its signature covers or in the signature itself."""

    statement: Statement
    key: SigningKey
    cose: bytes
    jws: str
    spoiled: bool

    def ours(self) -> tuple[Any, Any]:
        """Return what we read in both forms, None where we refuse."""
        return _believed(read_cose, self.cose), _believed(read_claim, self.jws)


def many(count: int, seed: int) -> Iterator[Drawn]:
    """Draw certificates; every second one is spoiled."""
    random = Random(seed)
    keys = [signing_key_from(random.randbytes(32)) for _ in range(8)]
    for number in range(count):
        key = random.choice(keys)
        statement = _statement(random, number)
        made = sign_statement(statement, key)
        spoiled = number % 2 == 1
        cose, jws = (_spoiled_cose(random, made.cose), _spoiled_jws(random, made.jws)) if spoiled else (made.cose, made.jws)
        yield Drawn(statement, key, cose, jws, spoiled)


def _believed(read: Any, text: Any) -> Any:
    try:
        signed = read(text)
    except CommandError:
        return None
    return signed.statement if signed.genuine() else None


def _statement(random: Random, number: int) -> Statement:
    maybe: dict[str, Any] = {
        "bound_key": random.randbytes(32),
        "standard": _text(random),
        "grade": random.randrange(1, 6),
        "profile": "1.2.3",
        "profile_hash": random.randbytes(32),
        "firmware": _text(random),
        "firmware_hash": random.randbytes(32),
        "suite": "0.1.0",
        "suite_hash": random.randbytes(32),
        "verdict_root": random.randbytes(32),
        "passed": random.randrange(100_000),
        "skipped": random.choice((0, 1, 23, 24, 255, 256)),
        "status": _text(random),
    }
    issued = random.randrange(2**33)
    return Statement(
        mark=_text(random),
        number=f"n-{number}",
        holder=_text(random),
        models=tuple(_text(random) for _ in range(random.randrange(1, 4))),
        kind="air-conditioner",
        issued=issued,
        expires=issued + random.randrange(1, 2**33),
        **{name: value for name, value in maybe.items() if random.random() < 0.7},
    )


def _text(random: Random) -> str:
    return "".join(random.choice(LETTERS) for _ in range(random.choice((1, 5, 23, 24, 60))))


def _spoiled_cose(random: Random, text: bytes) -> bytes:
    """Change one bit of the payload's last bytes or of the signature: what every library has to notice."""
    position = len(text) - random.randrange(1, 64 + 20)
    if len(text) - 66 <= position < len(text) - 64:  # the head of the signature: changed, it is no COSE
        position = len(text) - 1
    return text[:position] + bytes([text[position] ^ 1 << random.randrange(8)]) + text[position + 1 :]


def _spoiled_jws(random: Random, text: str) -> str:
    """Change one character of payload or signature for another of the alphabet."""
    first = text.index(".") + 1
    position = random.choice([at for at in (random.randrange(first, len(text) - 1) for _ in range(8)) if text[at] != "."])
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]
