"""What becomes of `--sign`: a certificate of a whole run without a failure, and of nothing else."""

from pathlib import Path
from typing import Any

import pytest

from gateway.cli.conformance_sign import run_facts, sign_result
from gateway.cli.conformance_wish import Wish
from gateway.conformance.verdict import Result
from gateway.trust.certificate.paper import read_paper
from gateway.trust.certificate.signing_key import SigningKey, new_signing_key, write_signing_key
from gateway.trust.certificate.statement import verdict_root
from tests.conformance.results import result, skipped, verdict

FACTS = {"title": "A plug", "kind": "plug", "profile": "1.0.0", "profileHash": "ab" * 32, "maker": "Works", "model": "P-1", "sw": "2.1"}
SUITE = {"version": "0.1.0", "hash": "cd" * 32}


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    made = new_signing_key()
    write_signing_key(made, tmp_path / "maker.key")
    return made


def whole(**facts: Any) -> Result:
    known: dict[str, Any] = {"facts": FACTS, "suite": SUITE}
    return result(verdict("T1"), verdict("E4"), skipped("C5", "it has no long action", asked=False), **known | facts)


def signed(run: Result, folder: Path, **more: Any) -> int:
    wish = Wish(target=run.target, report=folder, **more)
    return sign_result(wish, folder / "maker.key", run, run_facts(run, wish.maker, wish.model, wish.firmware))


def test_a_whole_run_becomes_a_certificate_that_says_what_was_judged(key: SigningKey, tmp_path: Path) -> None:
    image = tmp_path / "firmware.bin"
    image.write_bytes(b"firmware")
    assert signed(whole(), tmp_path, firmware=image) == 0
    paper = read_paper((tmp_path / "certificate.cose").read_bytes())
    said = paper.statement
    assert paper.issuer == key.public
    assert paper.genuine()
    assert (said.holder, said.models, said.kind, said.firmware) == ("Works", ("P-1",), "plug", "2.1")
    assert said.suite_hash.hex() == SUITE["hash"]
    assert said.verdict_root == verdict_root({"T1": "passed", "E4": "passed"})
    assert len(said.firmware_hash) == 32
    assert (tmp_path / "certificate.jws").read_text().count(".") == 2


@pytest.mark.parametrize(
    "facts",
    [{"missing": ("S1",)}, {"unjudged": {"mqtt": "nobody answers"}}, {"stopped": "by hand"}, {"facts": {"kind": "plug"}}],
    ids=lambda facts: next(iter(facts)),
)
def test_what_is_incomplete_or_says_too_little_is_not_signed(
    facts: dict[str, Any], key: SigningKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert key
    assert signed(whole(**facts), tmp_path) == 2
    assert not list(tmp_path.glob("certificate.*"))
    assert capsys.readouterr().err.startswith("hulian: ")


def test_what_the_appliance_does_not_say_its_vendor_may(key: SigningKey, tmp_path: Path) -> None:
    assert key
    silent = {name: value for name, value in FACTS.items() if name not in {"maker", "model"}}
    assert signed(whole(facts=silent), tmp_path, maker="Works", model="P-2") == 0
    assert read_paper((tmp_path / "certificate.cose").read_bytes()).statement.models == ("P-2",)
