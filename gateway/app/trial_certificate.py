"""The certificate of a run, signed by this hub's own desk: self-declared, worth as much as whoever reads it trusts the key.

The key is made when the first certificate is, stays in the data folder (0600), is in no backup, and goes with the home's other keys when
the hub gets another owner. Only its public half is ever shown.
"""

import asyncio
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.app.trial import CERTIFICATE, FILES, RUN
from gateway.errors import ExtraMissing, SetupError
from gateway.trust.extra import INSTALL

KEY: Final = "desk.key"
TOLD: Final = "certificate.json"
DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """`number`: of the certificate, `key`: the public key it is signed with, `until`: seconds since the epoch."""

    number: str
    key: str
    until: int

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"number": self.number, "key": self.key, "until": self.until}


class DeskKey:
    """The key of one hub's desk, in its data folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / KEY
        self._lock = asyncio.Lock()

    async def sign(self, folder: Path, now: float) -> Signed:
        """Sign the run in a folder and write its certificate beside it, once; return what it says. Raise ExtraMissing, SetupError."""
        async with self._lock:
            return await asyncio.to_thread(self._signed, folder, now)

    def told(self, folder: Path) -> dict[str, Any] | None:
        """Return what the certificate of a run says, None while there is none."""
        try:
            found = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return dict(found) if isinstance(found, dict) else None

    def _signed(self, folder: Path, now: float) -> Signed:
        if (made := self.told(folder)) is not None:
            return Signed(**made)
        from gateway.trust.certificate.signing import sign_run  # noqa: PLC0415 - needs the extra `trust`
        from gateway.trust.certificate.signing_key import (  # noqa: PLC0415 - likewise
            new_signing_key,
            read_signing_key,
            write_signing_key,
        )
        from gateway.trust.certificate.statement import facts_from  # noqa: PLC0415 - likewise

        if not self._path.exists():
            write_signing_key(new_signing_key(), self._path)
        key = read_signing_key(self._path)
        made_of = facts_from(json.loads((folder / RUN).read_text(encoding="utf-8")))
        certificate = sign_run(made_of, key, now=now, days=DAYS)
        signed = Signed(number=certificate.statement.number, key=key.id, until=certificate.statement.expires)
        contents = (certificate.cose, certificate.jws.encode() + b"\n", _picture(certificate.qr_text))
        try:
            for form, content in zip(CERTIFICATE, contents, strict=True):
                (folder / FILES[form]).write_bytes(content)
            (folder / TOLD).write_text(json.dumps(signed.document()), encoding="utf-8")
        except OSError as error:
            raise SetupError(f"the certificate cannot be written to {folder}: {error.strerror}") from error
        return signed


def _picture(text: str) -> bytes:
    """Return a QR code as a PNG picture; raise ExtraMissing."""
    try:
        import segno  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissing(f"drawing a QR code needs the segno library: {INSTALL}") from error
    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()
