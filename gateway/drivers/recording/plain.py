"""Messages of any driver as JSON, and back: records, bytes and tuples are marked by a member `~`.

    {"~": "Letter", "kind": "dat", ...}     {"~": "bytes", "hex": "aa20"}     {"~": "tuple", "of": [...]}     {"~": "map", "of": [[1, 2]]}

A record is found again by its name among the classes of its driver, wherever there it has moved to. Its members that are what they usually
are stand in no recording, so one that was made before there was such a member still says the same.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from gateway.errors import WireError

MARK: Final = "~"


def plain(value: Any) -> Any:
    """Return a message, or a part of one, as JSON; what JSON has no form for is named by its type."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | set | frozenset):
        return [plain(member) for member in value]
    return _marked(value)


def _marked(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes | bytearray):
        return {MARK: "bytes", "hex": value.hex()}
    if isinstance(value, Mapping):
        return _mapping(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {MARK: type(value).__name__} | {name: plain(member) for name, member, usual in _members(value) if member != usual}
    if not isinstance(value, tuple):
        return {MARK: "unknown", "type": type(value).__name__}
    names = getattr(value, "_fields", None)
    if names is None:
        return {MARK: "tuple", "of": [plain(member) for member in value]}
    usual = getattr(value, "_field_defaults", {})
    told = ((name, member) for name, member in zip(names, value, strict=True) if name not in usual or member != usual[name])
    return {MARK: type(value).__name__} | {name: plain(member) for name, member in told}


def _members(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, value and usual value of a record's members."""
    for each in fields(value):
        if each.init:
            usual = each.default if each.default_factory is MISSING else each.default_factory()
            yield each.name, getattr(value, each.name), usual


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(isinstance(name, str) and name != MARK for name in value):
        return {name: plain(member) for name, member in value.items()}
    return {MARK: "map", "of": [[plain(name), plain(member)] for name, member in value.items()]}


def original(value: Any, package: str) -> Any:
    """Return the message that `plain` made this of; `package`: where its classes are. Raise WireError when there is no such record."""
    if isinstance(value, list):
        return [original(member, package) for member in value]
    if not isinstance(value, dict):
        return value
    members = {name: original(member, package) for name, member in value.items() if name != MARK}
    return members if MARK not in value else _made(value[MARK], members, package)


def _made(kind: str, members: Mapping[str, Any], package: str) -> Any:
    makers: dict[str, Callable[[], Any]] = {
        "bytes": lambda: bytes.fromhex(members["hex"]),
        "tuple": lambda: tuple(members["of"]),
        "map": lambda: {name: member for name, member in members["of"]},  # noqa: C416 - pairs are lists here
    }
    try:
        return makers[kind]() if kind in makers else record(kind, package)(**members)
    except (TypeError, ValueError, KeyError) as error:
        raise WireError(f"a {kind} of this recording is none any more: {error}") from error


def record(name: str, package: str) -> Any:
    """Return the class of that name in a package whose modules are loaded; raise WireError when there is none."""
    for module_name, module in list(sys.modules.items()):
        if module_name == package or module_name.startswith(f"{package}."):
            found = getattr(module, name, None)
            if isinstance(found, type) and found.__module__.startswith(package) and (is_dataclass(found) or hasattr(found, "_fields")):
                return found
    raise WireError(f"there is no record {name!r} in {package} any more")
