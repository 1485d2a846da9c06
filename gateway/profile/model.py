"""A kind that can be instantiated."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from weakref import WeakValueDictionary

import orjson

from gateway.errors import SchemaViolation
from gateway.profile.borrowed import Mixins, no_mixins
from gateway.profile.features import read_features
from gateway.profile.instance import Instance, instance_of
from gateway.profile.kind import Kind
from gateway.profile.plain_value import freeform
from gateway.profile.shape import Shape, shape_of
from gateway.thing.description import Description


@dataclass(frozen=True, kw_only=True)
class Model(Kind):
    """One kind of the standard, ready to describe devices."""

    mixins: Mixins = field(default=no_mixins, repr=False, compare=False)
    shapes: MutableMapping[bytes, Shape] = field(default_factory=WeakValueDictionary, repr=False, compare=False)

    def instance(self, description: Description) -> Instance:
        """Return the instance; raise SchemaViolation on an unknown feature, a missing `requires`, or what widens."""
        if description.kind != self.kind or description.major != self.major:
            wanted = f"{description.kind}-{description.major}"
            raise SchemaViolation(f"{description.id} is described as {wanted}, this is {self.kind}-{self.major}")
        key = _shape_key(description)
        shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = shape_of(self.document, self.features, description, self.mixins)
        return instance_of(self, description, shape)


def model_of(kind: str, major: int, document: Mapping[str, Any], digest: str, mixins: Mixins = no_mixins) -> Model:
    """Return the model of a flat, checked Thing Model; `mixins`: where its devices may borrow from."""
    return Model(
        kind=kind,
        title=document["title"],
        titles=document["titles"],
        version=document["version"]["model"],
        major=major,
        kind_class=document["hl:class"],
        maturity=document["hl:maturity"],
        hash=digest,
        document=document,
        features=read_features(document),
        mixins=mixins,
    )


def _shape_key(description: Description) -> bytes:
    narrowing = {name: dict(terms) for name, terms in description.narrowing.items()}
    additions = {section: dict(entries) for section, entries in description.additions.items()}
    parts = [sorted(set(description.features)), narrowing, additions]
    for part in parts:
        problem = freeform(part)
        if problem is not None:
            raise SchemaViolation(f"the description of {description.id}{problem}")
    return blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
