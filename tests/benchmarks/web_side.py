"""A gateway that is looked at in a browser, on a broker of its own; and what is missing on this machine to measure that."""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.protocol.broker.private import private_broker
from gateway.protocol.mqtt import BrokerAddress
from gateway.thing.clock import SystemClock
from tests.benchmarks.appliances import announce, plugs
from tests.benchmarks.hop import Hop
from tests.benchmarks.process import GatewayProcess, gateway_of, gateway_process
from tests.benchmarks.raw import RawClient
from tests.kit.demo import ROOT

NODE_MODULES: Final = ROOT / ".interop" / "node_modules"
WITHOUT_PAGES: Final = "[http]\npages = false\n"


@dataclass(frozen=True)
class Side:
    """A running gateway with plugs on it; `base`: where its pages are, "" where it has none."""

    process: GatewayProcess
    hop: Hop
    devices: list[str]
    base: str = ""


def missing(*programs: str, modules: tuple[str, ...] = ()) -> str:
    """Return what of this is not installed, "" where all of it is."""
    absent = [name for name in programs if shutil.which(name) is None]
    absent += [f"npm's {name} (make interop)" for name in modules if not (NODE_MODULES / name).is_dir()]
    return f"not installed: {', '.join(absent)}" if absent else ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def on_brokers(count: int, work: Callable[..., Any]) -> Any:
    """Call `work` with the addresses of so many brokers, in a thread while these run."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hulian-bench-"))
        running = [
            await stack.enter_async_context(private_broker("127.0.0.1", 0, Path(folder) / str(number), SystemClock()))
            for number in range(count)
        ]
        return await asyncio.to_thread(work, *(broker.address for broker in running))


@contextmanager
def side(broker: BrokerAddress, devices: int, *, http: bool = True, pages: bool = True) -> Iterator[Side]:
    """Run a gateway with so many plugs; yields once the state of each has come out of it."""
    units, port = plugs(devices), free_port()
    with closing(RawClient(broker.host, broker.port, "bench-seed")) as seed:
        announce(seed, units)
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder, closing(Hop(broker.host, broker.port, units)) as hop:
        more = ["--http-port", str(port)] if http else []
        if http and not pages:
            file = Path(folder) / "hulian.toml"
            file.write_text(WITHOUT_PAGES)
            more += ["--config", str(file)]
        with gateway_process(Path(folder) / "data", broker.url, *more) as process:
            hop.settle(gateway_of(broker.host, broker.port))
            yield Side(process, hop, [unit.device for unit in units], f"http://127.0.0.1:{port}" if http else "")
