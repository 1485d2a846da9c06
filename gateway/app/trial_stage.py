"""A simulated appliance to be judged: `hulian-sim` on an address of its own, with a broker of its own where it speaks MQTT.

Neither is of this home: the hub does not look at that address meanwhile, and both end with the run. When the hub is killed they end with
it: the simulator looks after its parent, the broker too.
"""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any, Final

from gateway.app.simulator import Simulator, simulator
from gateway.errors import BadSyntax, SetupError, Unknown
from gateway.profile.resolver import read_yaml
from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import Clock
from gateway.thing.socket_file import socket_file

WIRES: Final[Mapping[str, frozenset[str]]] = {
    "native": frozenset({"coap", "mqtt", "mdns"}),
    "native-coap": frozenset({"coap", "mdns"}),
    "native-mqtt": frozenset({"mqtt"}),
}
"""The wires of the standard that can be judged, and what is spoken on each."""
COAP_PORT: Final = 5683
TRIES: Final = 50
Overlook = Callable[[str], AbstractContextManager[None]]
"""Have the hub overlook an address for as long as the context lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorWish:
    """`twin`: the bad twin of the kind that is started in its place, "" for a healthy one."""

    kind: str
    wire: str
    twin: str

    def document(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"kind": self.kind, "wire": self.wire, "twin": self.twin}


@dataclass(frozen=True, slots=True)
class Staged:
    """What stands ready: what the judge is told of it, and the process it lives in."""

    words: tuple[str, ...]
    simulator: Simulator


def simulator_of(wish: Any, kinds: frozenset[str]) -> SimulatorWish:
    """Return what is to be simulated; raise BadSyntax, Unknown. `kinds`: those of the standard. For a thread: the twins are read once."""
    if (
        not isinstance(wish, dict)
        or not wish.keys() <= {"kind", "wire", "twin"}
        or not all(isinstance(each, str) for each in wish.values())
    ):
        raise BadSyntax("`simulator` is an object with `kind`, and perhaps `wire` and `twin`, all texts")
    kind, wire, twin = wish.get("kind", ""), wish.get("wire", "native"), wish.get("twin", "")
    if kind not in kinds:
        raise Unknown(f"there is no kind {kind[:60]!r}: `hulian profile list` shows them all")
    if wire not in WIRES:
        raise Unknown(f"a simulator that is judged speaks {', '.join(WIRES)}")
    if twin and twin not in twins_of(kind, wire):
        raise Unknown(f"there is no bad twin {twin[:60]!r} of {kind} over {wire}: GET /api/v1/conformance/twins lists them")
    return SimulatorWish(kind=kind, wire=wire, twin=twin)


def twins_of(kind: str, wire: str) -> dict[str, dict[str, Any]]:
    """Return the bad twins that show on a kind over a wire, by name: what is wrong (`en`, `zh-Hans`) and which requirements notice."""
    spoken = WIRES[wire]
    return {
        name: {"en": row["en"], "zh-Hans": row["zh-Hans"], "caughtBy": list(row["caught_by"])}
        for name, row in _twins().items()
        if kind in row.get("kinds", ("plug",)) and spoken & set(row.get("wires", spoken)) and not row.get("paired") and not row.get("made")
    }


@cache
def _twins() -> Mapping[str, Mapping[str, Any]]:
    """Return the table of the simulator, its data alone; empty where the simulator is not installed."""
    try:
        rows: Mapping[str, Mapping[str, Any]] = read_yaml(files("firmware_sim.twins") / "table.yaml")["twins"]  # type: ignore[arg-type]
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    return rows


@asynccontextmanager
async def staged(
    wish: SimulatorWish, name: str, folder: Path, *, overlook: Overlook, clock: Clock, random: Random
) -> AsyncIterator[Staged]:
    """Run the appliance for as long as the context lives; `name`: its id. Raise SetupError with its last words."""
    address, control, log = free_address(random), socket_file(folder / "control.sock"), folder / "simulator.log"
    words = [wish.kind, "--wire", wish.wire, "--address", address, "--id", name, "--control", str(control), "--with-parent"]
    words += ["--twin", wish.twin] if wish.twin else []
    async with AsyncExitStack() as stack:
        stack.enter_context(overlook(address))
        target = f"coap://{address}"
        if "mqtt" in WIRES[wish.wire]:
            broker = await stack.enter_async_context(private_broker(address, 0, folder / "broker", clock))
            words += ["--broker", broker.address.url]
            target = target if "coap" in WIRES[wish.wire] else f"{broker.address.url}/hulian/1/{name}/self"
        running = await stack.enter_async_context(simulator(words, log))
        yield Staged((target, "--control", str(control), "--claim", f"{wish.kind}@1"), running)


def free_address(random: Random) -> str:
    """Return an address of loopback on which nobody speaks CoAP; raise SetupError where none is found."""
    for _ in range(TRIES):
        address = f"127.{random.randrange(64, 127)}.{random.randrange(1, 250)}.{random.randrange(2, 250)}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, COAP_PORT))
            except OSError:
                continue
            return address
    raise SetupError(f"no address of loopback is free on port {COAP_PORT}: another program listens on all of them")
