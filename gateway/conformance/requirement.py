"""What is asked of an appliance, a gateway or a tool, by id: one row of `requirements.yaml` each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from gateway.profile.resolver import read_yaml

FILE: Final = Path(__file__).with_name("requirements.yaml")


class Subject(StrEnum):
    """Whom a requirement is about; the names of GB/T 38052.7 are appliance, vendor platform, control terminal, management unit."""

    APPLIANCE = "appliance"
    GATEWAY = "gateway"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """`titles`, `why` (it matters) and `todo` (what to do when it is broken): `en` and `zh-Hans`. `lacks`: what is not built yet."""

    id: str
    group: str
    subject: Subject
    titles: Mapping[str, str]
    why: Mapping[str, str]
    todo: Mapping[str, str]
    mandatory: bool
    lacks: str = ""


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every requirement of the standard by its id, in the order of the standard."""
    document = read_yaml(FILE)
    return {
        name: Requirement(
            id=name,
            group=group,
            subject=Subject(row["subject"]),
            titles=row["title"],
            why=row.get("why", {}),
            todo=row.get("todo", {}),
            mandatory=row.get("mandatory", row["subject"] == Subject.APPLIANCE),
            lacks=row.get("lacks", ""),
        )
        for group, rows in document["groups"].items()
        for name, row in rows.items()
    }


@cache
def group_titles() -> Mapping[str, Mapping[str, str]]:
    """Return the names of the groups, `en` and `zh-Hans`."""
    titles: Mapping[str, Mapping[str, str]] = read_yaml(FILE)["titles"]
    return titles
