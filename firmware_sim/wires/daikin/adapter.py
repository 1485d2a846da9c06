"""Who an adapter is: its MAC, the name its owner gave it, its program, and what it answers when somebody looks around."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.wires.daikin.words import encoded

HTTP, UDP = 80, 30050
CALL = b"DAIKIN_UDP/common/basic_info"
"""What is said to everybody on UDP 30050; the answer is the page of the same name."""
NEW, SECURE = "new-firmware", "secure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """`mac`: twelve hexadecimal digits; `version`: as `1_14_88`; `quirks`: see the wire."""

    mac: str
    name: str
    version: str
    model: str
    quirks: frozenset[str]

    def card(self, *, power: str, error: str, port: int) -> dict[str, str]:
        """Return `common/basic_info`; `port`: where it serves pages, told only where that is not 80."""
        if NEW in self.quirks:
            return self._new_card()
        words = {
            "type": "aircon", "reg": "eu", "dst": "1", "ver": self.version, "rev": "D3A0C9F", "pow": power, "err": error, "location": "0",
            "name": encoded(self.name), "icon": "0", "method": "home only", "port": str(UDP), "id": "", "pw": "", "lpw_flag": "0",
            "adp_kind": "3", "pv": "3.20", "cpv": "3", "cpv_minor": "20", "led": "1", "en_setzone": "1", "mac": self.mac,
            "adp_mode": "run", "en_hol": "0", "grp_name": "", "en_grp": "0",
        }  # fmt: skip
        own = {"en_secure": "1"} if SECURE in self.quirks else {}
        return words | own | ({} if port == HTTP else {"http_port": str(port)})

    def _new_card(self) -> dict[str, str]:
        """Return what programs from 2.8 on say: another sort, another protocol."""
        return {
            "type": "GPF", "cdev": "RA", "protocol": "DGC", "reg": "eu", "ver": "2_8_0", "rev": "420F976D", "comm_err": "0",
            "lpw_flag": "0", "adp_kind": "4", "mac": self.mac, "adp_mode": "ap_run", "method": "polling", "name": encoded(self.name),
            "icon": "1",
        }  # fmt: skip


def adapter_of(identifier: str, facts: Mapping[str, Any], quirks: frozenset[str]) -> Adapter:
    """Make up what `facts` do not say from the id of the simulated appliance."""
    digest = hashlib.sha256(f"daikin:{identifier}".encode()).hexdigest().upper()
    return Adapter(
        mac=str(facts.get("mac") or f"D0C5D3{digest[:6]}"),
        name=str(facts.get("name") or f"DaikinAP{int(digest[6:12], 16) % 100000:05d}"),
        version=str(facts.get("version") or "1_14_88"),
        model=str(facts.get("model") or "10F5"),
        quirks=quirks,
    )
