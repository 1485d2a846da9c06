"""Marks of real certification bodies in `claims`: nobody signs them today, so the best to be said of one is that it cannot be checked.

They come as a JWS in the flat form of the standard, signed by whoever or by nobody (`alg` none); what stands in it is still held against
the appliance, and its number is what a person looks up in the public register.
"""

from typing import Any, Final

from gateway.errors import BadSyntax, SchemaViolation
from gateway.trust.certificate.jws import parts
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.statement import LATEST, Statement

REAL: Final = frozenset({"ccc", "green-product", "smart-appliance", "iot", "elderly", "water-saving"})
"""The marks of the standard that bodies outside this project give."""
LIMIT: Final = 8192


def read_mark(text: str) -> Signed:
    """Return what a mark's claim says, signed by nobody; raise BadSyntax for what is none of `REAL`, SchemaViolation."""
    header, payload, _, _ = parts(text, LIMIT)
    mark = payload.get("mark")
    if not isinstance(mark, str) or mark not in REAL:
        raise BadSyntax(f"this is neither a certificate of ours (alg {header.get('alg')!r}, typ {header.get('typ')!r}) nor a known mark")
    return Signed(_statement(payload), b"", b"", b"")


def _statement(payload: dict[str, Any]) -> Statement:
    models = payload.get("model", [])
    try:
        return Statement(
            mark=payload["mark"],
            number=payload.get("certNo", ""),
            holder=payload.get("holder", ""),
            models=(models,) if isinstance(models, str) else tuple(models),
            kind=payload.get("kind", ""),
            issued=payload.get("iat", 0),
            expires=payload.get("exp", LATEST - 1),
            standard=payload.get("std", ""),
            grade=payload.get("grade"),
        )
    except TypeError as error:
        raise SchemaViolation("`model` is a list of texts") from error
