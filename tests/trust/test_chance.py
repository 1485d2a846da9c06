"""Secrets owe nothing to the time, to a seed, or to one another: each is the system's own randomness."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.trust.invitation import new_code
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.pin import new_pin
from gateway.trust.vault_key import KEY_FILE, root_key
from tests.kit.demo import ROOT

SAME = """
import json, random, sys, time
from pathlib import Path
random.seed(7); time.time = lambda: 1.0e9; time.time_ns = lambda: 10**18
from gateway.trust.certificates import new_key
from gateway.trust.invitation import new_code
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.pin import new_pin
from gateway.trust.seal import sealed
from gateway.trust.signer import Signer
from gateway.trust.vault_key import root_key
key = OscoreKey.fresh("phone-1")
signer = Signer.made("hub-1", 1.0e9)
print(json.dumps({
    "chance": random.random(),
    "root": root_key(Path(sys.argv[1]), needed=False).hex(),
    "secret": key.master_secret.hex(), "salt": key.master_salt.hex(), "kid": key.recipient_id.hex(),
    "authority": signer.row().decode(), "serial": f"{signer._x509.serial_number:x}",
    "private": str(new_key().private_numbers().private_value),
    "sealed": sealed(bytes(32), b"x", b"").hex(), "pin": new_pin(), "code": new_code().hex(),
}))
"""


async def test_two_hubs_born_in_the_same_second_of_the_same_seed_share_no_secret(tmp_path: Path) -> None:
    born = []
    for hub in ("one", "two"):
        command = [sys.executable, "-c", SAME, str(tmp_path / hub)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, cwd=ROOT, check=True, env={"PYTHONHASHSEED": "0"})
        born.append(json.loads(done.stdout))
    one, two = born
    assert one.pop("chance") == two.pop("chance")
    assert {name: one[name] == two[name] for name in one} == dict.fromkeys(one, False)


def test_a_thousand_of_each_are_a_thousand_and_their_bytes_are_even(tmp_path: Path) -> None:
    keys = [OscoreKey.fresh("phone-1") for _ in range(1000)]
    assert len({new_code() for _ in range(1000)}) == 1000
    assert len({new_pin() for _ in range(1000)}) > 990
    everything = b"".join(key.master_secret + key.master_salt for key in keys)
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        everything += root_key(tmp_path / str(number) / KEY_FILE, needed=False)
    expected = len(everything) / 256
    chi_square = sum((count - expected) ** 2 / expected for count in Counter(everything).values())
    assert 130 < chi_square < 430, "255 degrees of freedom: outside by chance once in many million runs"


def test_a_chance_that_is_always_the_same_changes_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.Random.random", lambda _: 0.5)
    monkeypatch.setattr("random.Random.getrandbits", lambda _, __: 0)
    assert OscoreKey.fresh("a") != OscoreKey.fresh("a")
    assert new_code() != new_code()
    assert len({new_pin() for _ in range(20)}) > 15
