"""Ten thousand certificates, each second one spoiled: ours, cwt, pycose and joserfc agree on every one, and on what it says."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.trust.certificate.claim import subject
from tests.kit.demo import ROOT
from tests.kit.many_certificates import Drawn, many

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
PYTHON = ROOT / ".venv-certificates" / "bin" / "python"
COUNT = 10_000


@pytest.fixture(scope="module")
def judged() -> list[tuple[Drawn, dict[str, Any]]]:
    if not PYTHON.exists():
        pytest.skip("the libraries that judge certificates are not installed: run `make interop`")
    drawn = list(many(COUNT, seed=1))
    lines = (json.dumps({"cose": each.cose.hex(), "jws": each.jws, "key": each.key.public.hex()}) for each in drawn)
    command = [str(PYTHON), "-W", "ignore", str(Path(__file__).parent / "certificate_judge.py")]
    result = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=200, check=True)
    return list(zip(drawn, map(json.loads, result.stdout.splitlines()), strict=True))


def test_all_judges_agree_on_which_are_genuine_and_on_what_they_say(judged: list[tuple[Drawn, dict[str, Any]]]) -> None:
    for drawn, verdicts in judged:
        ours = drawn.ours()
        assert [each is not None for each in (*ours, *verdicts.values())] == 5 * [not drawn.spoiled]
        if not drawn.spoiled:
            assert ours == (drawn.statement, drawn.statement)
            assert verdicts["cwt"] == verdicts["pycose"]
            assert verdicts["joserfc"]["vc"]["credentialSubject"] == subject(drawn.statement)
            assert verdicts["cwt"]["-65537"] == {str(field.label): _plain(value) for field, value in drawn.statement.members()}


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else list(value) if isinstance(value, tuple) else value
