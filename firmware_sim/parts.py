"""Appliances made of others, by W3C Thing Model composition: each `tm:submodel` link of a profile is a part, a unit of its own kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import PurePosixPath

from firmware_sim.plan import UnitPlan
from firmware_sim.profile import FlatProfile, load, locate
from firmware_sim.refusal import SetupMistake


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite: `name` within it (its `instanceName`), and its `kind`."""

    name: str
    kind: str


def parts_of(profile: FlatProfile) -> tuple[Part, ...]:
    """Return the parts a profile names, in its order."""
    links = [link for link in profile.document.get("links", ()) if link.get("rel") == "tm:submodel"]
    return tuple(Part(str(link.get("instanceName", _kind(link))), _kind(link)) for link in links)


def _kind(link: Mapping[str, str]) -> str:
    """Return the kind of a link such as ./range-hood-1.yaml."""
    stem = PurePosixPath(link["href"]).name.partition(".")[0]
    return stem.rpartition("-")[0] or stem


def with_parts(plan: UnitPlan) -> Iterator[UnitPlan]:
    """Yield a unit and then its parts, which are called `<id>-<part>`; where it has an address they have those that follow."""
    profile = load(*locate(plan.kind, plan.profiles))
    parts = parts_of(profile)
    if parts and plan.credentials is not None:
        raise SetupMistake(f"a {profile.kind} is {len(parts) + 1} appliances, and credentials are one appliance's: simulate each by itself")
    if parts and plan.id is None:
        plan = replace(plan, id=f"{profile.kind}-{plan.seed or 0}")
    yield plan
    for number, part in enumerate(parts, 1):
        address = str(IPv4Address(plan.address) + number) if plan.address else None
        own = load(*locate(part.kind, plan.profiles)).document.get("title", part.kind)
        title = f"{plan.title or profile.document.get('title', profile.kind)}: {own}"
        yield replace(
            plan,
            kind=part.kind,
            id=f"{plan.id}-{part.name}",
            address=address,
            title=title,
            features=None,
            settings={},
            made={},
            feeds=None,
            via=None,
            part_of=plan.id,
            claims=(),
            device_key=None,
        )
