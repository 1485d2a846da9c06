"""The floors of ARCHITECTURE.md, enforced for every import: lazy and typing-only ones too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS: dict[str, set[str]] = {
    "errors": set(),
    "thing": {"errors"},
    "profile": {"errors", "thing"},
    "trust": {"errors", "thing"},
    "storage": {"errors", "thing"},
    "protocol": {"errors", "thing"},
    "home": {"errors", "thing", "profile", "trust", "storage", "protocol"},
    "drivers": {"errors", "thing", "profile", "trust", "protocol"},
    "scenes": {"errors", "thing", "profile", "trust", "storage", "protocol", "home", "drivers.spi"},
    "lifecycle": {"errors", "thing", "profile", "trust", "storage", "protocol", "home", "drivers.spi"},
    "discovery": {"errors", "thing", "profile", "trust", "storage", "protocol", "home", "drivers.spi"},
    "faces": {"errors", "thing", "profile", "trust", "storage", "protocol", "home", "scenes", "lifecycle", "discovery"},
    "conformance": {"errors", "thing", "profile", "trust", "protocol"},
    "app": {"*"},
    "cli": {"*"},
}
"""Room of `gateway` to the rooms it may import, its own aside; drivers and faces never import a sibling of their own floor."""

STANDARD_ONLY = {"errors", "thing"}
SIBLINGS_APART = {"drivers": {"spi", "supervisor", "parts"}, "faces": {"payload"}}
"""Rooms whose modules must not import one another, and the shared modules every sibling may import."""


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} uses a relative import"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", sources("gateway"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    parts = path.relative_to(ROOT / "gateway").parts
    room = room_of(parts)
    if room == "__init__":
        return
    allowed = FLOORS[room]
    for name, line in imports(path):
        target = name.split(".")
        if target[0] != "gateway" or len(target) < 2 or "*" in allowed:
            continue
        other = target[1]
        if other == room:
            check_siblings(path, room, parts, target, line)
            continue
        assert other in allowed or ".".join(target[1:3]) in allowed, f"{path}:{line} {room} may not import {name}"


def check_siblings(path: Path, room: str, parts: tuple[str, ...], target: list[str], line: int) -> None:
    if room not in SIBLINGS_APART or len(target) < 3 or parts[-1] in ("table.py", "supervisor.py"):
        return
    mine, theirs = parts[1].removesuffix(".py"), target[2]
    assert theirs in (mine, *SIBLINGS_APART[room]), f"{path}:{line} {room}.{mine} may not import {room}.{theirs}"


@pytest.mark.parametrize("path", sources("gateway"), ids=lambda path: str(path.relative_to(ROOT)))
def test_floor_zero_needs_only_the_standard_library(path: Path) -> None:
    if room_of(path.relative_to(ROOT / "gateway").parts) not in STANDARD_ONLY:
        return
    import sys  # noqa: PLC0415 - only this test needs it

    for name, line in imports(path):
        top = name.split(".")[0]
        assert top == "gateway" or top in sys.stdlib_module_names, f"{path}:{line} imports {name}"


@pytest.mark.parametrize("path", sources("firmware_sim"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_simulator_knows_nothing_of_the_gateway(path: Path) -> None:
    forbidden = {"gateway", "msmart", "midealocal", "greeclimate", "miio", "pychonet", "pydaikin", "broadlink", "aioesphomeapi"}
    forbidden |= {"androidtvremote2", "async_upnp_client"}
    for name, line in imports(path):
        assert name.split(".")[0] not in forbidden, f"{path}:{line} imports {name}"


@pytest.mark.parametrize("path", [*sources("gateway"), *sources("firmware_sim")], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_waits_in_a_way_that_loses_a_cancellation(path: Path) -> None:
    """In Python 3.11 `asyncio.wait_for` swallows a cancellation that comes together with the result."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute) and node.attr == "wait_for")
    for node in calls:
        assert ast.unparse(node.value) != "asyncio", f"{path}:{node.lineno} waits with asyncio.wait_for: use asyncio.timeout"


def test_no_import_cycle() -> None:
    graph = {module_name(path): {name for name, _ in imports(path)} for package in ("gateway", "firmware_sim") for path in sources(package)}
    known = set(graph)
    edges = {module: {found for name in names if (found := resolve(name, known))} - {module} for module, names in graph.items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module in done:
            return
        for other in sorted(edges[module]):
            visit(other, (*trail, module))
        done.add(module)

    for module in sorted(edges):
        visit(module, ())


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def resolve(name: str, known: set[str]) -> str | None:
    while name:
        if name in known:
            return name
        name = name.rpartition(".")[0]
    return None
