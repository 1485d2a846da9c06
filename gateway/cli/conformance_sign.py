"""What a certificate says of a run, and its signature: `--sign` of `hulian conformance`."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from gateway.cli.conformance_wish import Wish
from gateway.cli.output import console, failure
from gateway.conformance.verdict import Result
from gateway.errors import SetupError

NOT_RUN: Final = 2
STEM: Final = "certificate"


@dataclass(frozen=True)
class Told:
    """What a certificate would say. `lacks`: what the device does not say and nobody else has."""

    document: Mapping[str, Any] | None
    lacks: tuple[str, ...]


def run_facts(result: Result, maker: str, model: str, firmware: Path | None) -> Told:
    """Return what a certificate says of a run without a failure; raise SetupError where the firmware's file cannot be read."""
    facts = result.facts
    found = {
        "maker": maker or str(facts.get("maker", "")),
        "model": model or str(facts.get("model", "")),
        "kind": str(facts.get("kind", "")),
        "profile": str(facts.get("profile", "")),
        "profile_hash": str(facts.get("profileHash", "")),
        "suite": result.suite["version"],
        "suite_hash": result.suite["hash"],
    }
    if lacks := tuple(name for name, value in found.items() if not value):
        return Told(None, lacks)
    more = {"firmware": str(facts.get("sw", "")), "firmware_hash": "" if firmware is None else _hash(firmware)}
    return Told({**found, **more, "verdicts": result.certified()}, ())


def sign_result(wish: Wish, key: Path, result: Result, told: Told | None) -> int:
    """Sign the certificate of a run and return the exit code: 2 where the run is incomplete or says too little."""
    if told is None or not result.complete:
        return _refused(f"an incomplete run is not signed; not tried: {', '.join((*result.missing, *result.unjudged))}")
    if told.document is None:
        return _refused(f"the certificate would lack {', '.join(told.lacks)}: the device does not say it; --maker and --model do")
    from gateway.cli.certificate_files import signing_key, write_new  # noqa: PLC0415 - needs the extra `trust`
    from gateway.trust.certificate.signing import sign_run  # noqa: PLC0415 - likewise
    from gateway.trust.certificate.signing_key import read_public_key  # noqa: PLC0415 - likewise
    from gateway.trust.certificate.statement import facts_from  # noqa: PLC0415 - likewise

    bound = b"" if wish.device_key is None else read_public_key(wish.device_key)
    made = sign_run(facts_from(told.document), signing_key(key, wish.passphrase_file), now=time.time(), bound_key=bound)
    folder = wish.report or Path()
    for ending, content in ((".cose", made.cose), (".jws", made.jws.encode() + b"\n")):
        write_new(folder / f"{STEM}{ending}", content)
    if not wish.json:
        out = console()
        out.print(Text(f"Certificate {made.statement.number}: {folder / STEM}.cose ({len(made.cose)} bytes), {folder / STEM}.jws"))
        if not bound:
            out.print(Text("It is bound to no appliance's key, so a hub will call it unverified: --device-key binds it.", style="yellow"))
    return 0


def _refused(text: str) -> int:
    failure(text)
    return NOT_RUN


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from error
