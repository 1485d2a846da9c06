"""Files with what appliances ask for, as `hulian credentials import` reads them: a parcel, JSON, or lines of text.

    [midea:151732605161920]          {"driver": "midea", "key": "151732605161920",
    token = 4f2a...                   "credentials": {"token": "4f2a...", "key": "99c1..."}}
    key = 99c1...                    or a list of such, or {"units": [...]}

Without a line in brackets, `--unit midea:151...` says which unit the lines are for. JSON that another program wrote is searched for units
(`others_files`). Errors name the line, never what is on it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import orjson

from gateway.cli.others_files import found_in
from gateway.errors import SchemaViolation
from gateway.trust.parcel import is_parcel, unpacked

LARGEST_FILE: Final = 4 * 1024 * 1024
_BEGINS_JSON: Final = re.compile(rb"\s*(\{|\[\s*[\[{\"\]0-9])").match
"""A bracket alone may also be the head of lines: [midea:151]."""


class Unit(NamedTuple):
    """One unit and its credentials."""

    driver: str
    key: str
    credentials: dict[str, Any]

    def __repr__(self) -> str:
        return f"Unit({self.driver}:{self.key})"


def read_units(content: bytes, unit: str | None, passphrase: Callable[[], str]) -> tuple[list[Unit], bool]:
    """Return the units in a file, and whether they lie in it in clear; `passphrase()` is asked for a parcel. Raise SchemaViolation."""
    if len(content) > LARGEST_FILE:
        raise SchemaViolation(f"the file has more than {LARGEST_FILE} bytes")
    if is_parcel(content):
        return _from_json(unpacked(content, passphrase()), None), False
    if _BEGINS_JSON(content):
        return _from_json(content, unit), True
    try:
        return _from_lines(content.decode(), unit), True
    except UnicodeDecodeError as error:
        raise SchemaViolation(f"the file is neither text nor JSON (byte {error.start})") from None


def _from_json(content: bytes, unit: str | None) -> list[Unit]:
    try:
        document = orjson.loads(content)
    except ValueError:
        raise SchemaViolation("the file begins like JSON and is none") from None
    if isinstance(document, dict) and "units" in document:
        document = document["units"]
    elif isinstance(document, dict) and unit is not None:
        driver, key = named(unit)
        document = {"driver": driver, "key": key, "credentials": document.get("credentials", document)}
    entries = document if isinstance(document, list) else [document]
    ours = any(isinstance(entry, dict) and "credentials" in entry for entry in entries)
    if not ours and (others := [Unit(*found) for found in found_in(document)]):
        return _checked(others)
    return _checked([_from_entry(number, entry) for number, entry in enumerate(entries, start=1)])


def _from_entry(number: int, entry: Any) -> Unit:
    try:
        driver, key, credentials = entry["driver"], entry["key"], entry["credentials"]
    except (KeyError, TypeError):
        raise SchemaViolation(f"unit {number} has no driver, key and credentials: name it (driver:key) beside the file") from None
    if not isinstance(driver, str) or not isinstance(key, str) or not isinstance(credentials, dict):
        raise SchemaViolation(f"unit {number}: driver and key are texts, credentials a mapping")
    return Unit(driver, key, credentials)


def _from_lines(text: str, unit: str | None) -> list[Unit]:
    units = [] if unit is None else [Unit(*named(unit), {})]
    for number, line in _meant(text):
        if line.startswith("[") and line.endswith("]"):
            units.append(Unit(*named(line[1:-1], number), {}))
            continue
        name, found, value = line.partition("=")
        if not found:
            raise SchemaViolation(f"line {number} is neither name=value nor [driver:key]")
        if not units:
            raise SchemaViolation(f"line {number}: whose is it? Write [driver:key] above it, or name it beside the file")
        units[-1].credentials[name.strip()] = value.strip()
    return _checked([each for each in units if each.credentials or len(units) == 1])


def _meant(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if (bare := line.strip()) and not bare.startswith("#"):
            yield number, bare


def _checked(units: list[Unit]) -> list[Unit]:
    if not units or not all(unit.credentials for unit in units):
        raise SchemaViolation("there are no credentials in the file")
    seen = [(unit.driver, unit.key) for unit in units]
    if len(set(seen)) < len(seen):
        raise SchemaViolation("a unit is in the file twice")
    return units


def named(unit: str, line: int | None = None) -> tuple[str, str]:
    """Return driver and key of `driver:key`; raise SchemaViolation."""
    driver, found, key = unit.strip().partition(":")
    if not found or not driver or not key:
        raise SchemaViolation(f"{f'line {line}' if line else '--unit'}: a unit is named driver:key, as `hulian accept` lists it")
    return driver, key
