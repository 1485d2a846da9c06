"""Who a unit is: the address of its radio, its name, its sort and the program in its network module."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`mac`: twelve hexadecimal digits; `mid`: the sort of unit; `firmware` as `V1.60`; `module` as `V1.1`; `key`: 16 characters."""

    mac: str
    name: str
    mid: str
    firmware: str
    module: str
    key: str

    @property
    def program(self) -> str:
        """The name of the program in the network module (`hid`)."""
        return f"362001000000+U-HULIAN{self.firmware}.bin"

    def words(self) -> dict[str, Any]:
        """Return what can be asked for as text."""
        return {"hid": self.program, "mid": self.mid, "ver": self.module, "name": self.name, "host": "", "mac": self.mac}

    def card(self) -> dict[str, Any]:
        """Return what it says of itself when somebody looks around."""
        fixed = {"bc": "gree", "brand": "gree", "catalog": "gree", "model": "gree", "series": "gree", "vender": "1", "lock": 0}
        return {"t": "dev", "cid": self.mac, "mac": self.mac, **fixed, "mid": self.mid, "name": self.name, "ver": self.module}


def identity_of(identifier: str, mid: str, facts: Mapping[str, Any], firmware: str) -> Identity:
    """Make up what `facts` do not say from the id of the simulated appliance."""
    digest = hashlib.sha256(f"gree:{identifier}".encode()).hexdigest()
    mac = str(facts.get("mac") or f"f4911e{digest[:6]}")
    return Identity(
        mac=mac,
        name=str(facts.get("name") or mac[-8:]),
        mid=str(facts.get("mid") or mid),
        firmware=str(facts.get("firmware") or firmware),
        module=str(facts.get("module") or "V1.1"),
        key=str(facts.get("key") or digest[8:24]),
    )
