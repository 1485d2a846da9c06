"""`hulian profile diff`: what changed between two flat models, and the smallest honest step of the version number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import ProfileInvalid
from gateway.profile.check_references import Shelf
from gateway.profile.diff_change import Change, Changes, bump_of
from gateway.profile.diff_constraints import compare_constraints
from gateway.profile.diff_faults import compare_faults
from gateway.profile.diff_features import compare_affordances, compare_features
from gateway.profile.diff_rules import Bump
from gateway.profile.diff_schema import Site, compare_asides
from gateway.profile.findings import pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.resolver import flatten, read_yaml

_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})\Z")

Model = Mapping[str, Any]
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of one model: what changed, the least bump that tells it, and the bump the newer one carries."""

    old: Version
    new: Version
    changes: tuple[Change, ...]

    @property
    def needed(self) -> Bump:
        """Return the smallest honest bump."""
        return bump_of(list(self.changes))

    @property
    def least(self) -> str:
        """Return the least version the newer model may carry."""
        major, minor, patch = self.old
        steps = {
            Bump.NONE: self.old,
            Bump.PATCH: (major, minor, patch + 1),
            Bump.MINOR: (major, minor + 1, 0),
            Bump.MAJOR: (major + 1, 0, 0),
        }
        return ".".join(str(part) for part in steps[self.needed])

    @property
    def carried(self) -> Bump:
        """Return the bump between the two version numbers; NONE also where the number shrank."""
        if self.new <= self.old:
            return Bump.NONE
        return next(bump for bump, part in ((Bump.MAJOR, 0), (Bump.MINOR, 1), (Bump.PATCH, 2)) if self.new[part] != self.old[part])

    @property
    def is_honest(self) -> bool:
        """Return whether the newer version number is at least what the changes ask for."""
        return self.new >= self.old and self.carried >= self.needed


def difference(old: Model, new: Model) -> Difference:
    """Compare two flat models (or two fault catalogues); raise ProfileInvalid where one is no sound model."""
    try:
        changes = changes_between(old, new)
    except (AttributeError, TypeError, KeyError, ValueError, IndexError) as error:
        raise ProfileInvalid(f"cannot be compared, something has the wrong shape ({error}): see `hulian profile check`") from error
    return Difference(_version(old), _version(new), tuple(changes))


def changes_between(old: Model, new: Model) -> list[Change]:
    """Return what changed, in the order of the document."""
    changes = Changes()
    _compare_top(changes, old, new)
    if "faults" in old or "faults" in new:
        compare_faults(changes, old, new)
        return changes.found
    compare_features(changes, old, new)
    compare_constraints(changes, old, new)
    compare_affordances(changes, old, new, mixin="hl:kind" not in new and not new.get("hl:features"))
    if not changes.found and _content(old) != _content(new):
        changes.note("order", "", "something no program acts on changed")
    return changes.found


def _content(model: Model) -> dict[str, Any]:
    return {term: value for term, value in model.items() if term not in ("version", "tm:optional")}


def read_model(path: Path) -> Model:
    """Return the flat model of a file, or the fault catalogue as it stands; raise ProfileInvalid where it is damaged."""
    document = read_yaml(path)
    if "faults" in document:
        return document
    try:
        return flatten(path.name, Shelf(path, document))
    except (AttributeError, TypeError, KeyError) as error:
        raise ProfileInvalid(f"has mistakes; see `hulian profile check {path}`", path=str(path)) from error


def _version(model: Model) -> Version:
    version = model.get("version")
    text = version.get("model") if isinstance(version, Mapping) else None
    match = _VERSION.match(text) if isinstance(text, str) else None
    if match is None:
        raise ProfileInvalid(f"version.model must look like 1.0.0, not {shown(text)}")
    return int(match[1]), int(match[2]), int(match[3])


def _compare_top(changes: Changes, old: Model, new: Model) -> None:
    compare_asides(Site(changes, ""), old, new)
    for term, rule in (("hl:kind", "kind"), ("hl:class", "class"), ("hl:maturity", "maturity")):
        if old.get(term) != new.get(term):
            changes.turned(rule, pointer_to(term), old.get(term), new.get(term))
    was, now = set(old.get("@type") or ()), set(new.get("@type") or ())
    for word in sorted(was ^ now):
        changes.note("type-word-new" if word in now else "type-word-removed", "/@type", f"{word} is {'new' if word in now else 'gone'}")
    _compare_links(changes, old.get("links") or (), new.get("links") or ())


def _compare_links(changes: Changes, old: Any, new: Any) -> None:
    for rule, is_part in (("part", True), ("link", False)):
        was, now = ([link for link in links if (link.get("rel") == "tm:submodel") is is_part] for links in (old, new))
        if was != now:
            changes.note(rule, "/links", "the parts changed" if is_part else "a link changed")
