"""The whole way on real wires: a run is signed, an appliance carries the certificate, a hub says what it is worth, here and on a copy."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.profile.library import Library
from gateway.trust.certificate.shelf import put_status
from gateway.trust.certificate.signing_key import write_signing_key
from gateway.trust.certificate.statement import facts_document
from gateway.trust.certificate.status_list import write_status_list
from tests.kit.addresses import address
from tests.kit.certificates import FACTS, key
from tests.kit.demo import ROOT, ask, eventually

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
NAMES = ("cert-genuine", "cert-copy", "cert-flipped")
HULIAN = (sys.executable, "-m", "gateway.cli.main")


def hulian(folder: Path, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    command = [*HULIAN, "--data", str(folder / "data"), *words]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in codes, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.fixture
def factory(tmp_path: Path) -> Path:
    """A folder with the certificate of one lamp, signed by a lab; `flipped.jws` has one letter that is another."""
    model = Library().model("light", 1)
    run = replace(FACTS, profile=model.version, profile_hash=model.hash)
    (tmp_path / "run.json").write_text(json.dumps(facts_document(run)))
    for name in ("lab", "unit", "other"):
        write_signing_key(key(name), tmp_path / f"{name}.key")
    hulian(
        tmp_path, "certificate", "sign", "run.json", "--key", "lab.key", "--device-key", "unit.key.pub", "--status", "lab", "--out", "unit"
    )
    put_status(tmp_path / "data", write_status_list("lab", {}, key("lab"), time.time()).encode())
    flipped = bytearray((tmp_path / "unit.jws").read_bytes())
    flipped[-10] = ord("A") if flipped[-10] != ord("A") else ord("B")  # a letter that may stand there, so that only the signature is wrong
    (tmp_path / "flipped.jws").write_bytes(flipped)
    return tmp_path


@contextmanager
def running(folder: Path, name: str, *command: str) -> Iterator[str]:
    """Run a program until the context ends; yield the first line it says."""
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def lamp(name: str, claim: str, key: str) -> tuple[str, ...]:
    words = ("light", "--id", name, "--wire", "native-coap", "--address", address(), "--claim", claim, "--device-key", key)
    return (sys.executable, "-m", "firmware_sim.cli", *words)


def test_signed_carried_believed_copied_flipped_and_withdrawn(factory: Path) -> None:
    data = factory / "data"
    hulian(factory, "certificate", "trust", "issuer", "Test House", "lab.key.pub")
    hub = (*HULIAN, "--data", str(data), "run", "--mqtt-port", "0", "--coap-port", "0", "--interface", "127.0.0.1")

    def call(name: str, **arguments: Any) -> dict[str, Any]:
        return ask(str(data / "control.sock"), {"id": 1, "call": name, "with": arguments})

    def worth(name: str) -> list[tuple[str, Any]]:
        found = call("show", device=name).get("result", {}).get("certificates", {"settled": False})
        return [(each["outcome"], each["step"]) for each in found["standings"]] if found["settled"] else []

    with (
        running(factory, "hub", *hub),
        running(factory, "genuine", *lamp("cert-genuine", "unit.jws", "unit.key")),
        running(factory, "copy", *lamp("cert-copy", "unit.jws", "other.key")),
        running(factory, "flipped", *lamp("cert-flipped", "flipped.jws", "unit.key")),
    ):
        for name in NAMES:
            eventually(
                lambda name=name: f"native:{name}" in {entry["unit"] for entry in call("inbox")["result"]}, f"{name} in the inbox", 60
            )
            call("accept", unit=f"native:{name}", answers={})
        for name in NAMES:
            eventually(lambda name=name: worth(name), f"what the certificate of {name} is worth", 60)
        assert worth("cert-genuine") == [("verified", None)]
        assert worth("cert-copy") == [("rejected", "possession")]
        assert worth("cert-flipped") == [("rejected", "signature")]
        assert "this is a copy from another appliance" in hulian(factory, "show", "cert-copy")
        hulian(factory, "certificate", "revoke", "unit.cose", "--key", "lab.key", "--list", "lab.jws", "--name", "lab")
        hulian(factory, "certificate", "status", "--add", "lab.jws")
        assert worth("cert-genuine") == [("rejected", "status")]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "400"}
