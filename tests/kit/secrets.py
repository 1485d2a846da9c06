"""What the vault and the authority stand on in tests: sealed rows without a disk, a clock that is set, and how a secret may look."""

import base64

TELLING = 12
"""Characters; what is shorter turns up by chance in a megabyte."""


class MemorySecrets:
    """Sealed rows by (compartment, name)."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}

    async def all(self) -> dict[tuple[str, str], bytes]:
        return dict(self.rows)

    async def put(self, compartment: str, name: str, sealed: bytes) -> None:
        self.rows[compartment, name] = sealed

    async def remove(self, compartment: str, name: str) -> None:
        self.rows.pop((compartment, name), None)


class SetClock:
    """A clock that shows `moment` (seconds since the epoch) until somebody sets it."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += seconds


def disguises(secret: bytes) -> dict[str, bytes]:
    """Return the forms in which a secret may lie somewhere, by name: as it is, in hex and in base 64 and 32, at every alignment."""
    forms = {"plain": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + secret)
        forms[f"base64+{shift}"] = whole[4 if shift else 0 : len(whole) - 4]
        forms[f"base64url+{shift}"] = forms[f"base64+{shift}"].translate(bytes.maketrans(b"+/", b"-_"))
    for shift in range(5):
        whole = base64.b32encode(bytes(shift) + secret)
        forms[f"base32+{shift}"] = whole[8 if shift else 0 : len(whole) - 8]
        forms[f"base32 small+{shift}"] = forms[f"base32+{shift}"].lower()
    return {name: form for name, form in forms.items() if len(form) >= TELLING or name == "plain"}
