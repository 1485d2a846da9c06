"""What a document says a scene should achieve.

    effect:
      - {select: {kind: air-conditioner}, property: roomTemperature, near: {parameter: warmth}, within: 2, after: PT30M, for: PT10M}
      - {select: {kind: air-purifier}, property: pm25, atMost: 35, after: PT30M}
      - {select: {kind: air-purifier}, property: airQuality, is: [good, fair], after: PT30M}
      - {select: {kind: light}, property: brightness, near: 10, within: 2, after: PT10S, share: 80}

`after`: at the latest so long after the run it must be so. `for`: and stay so for so long. `share`: of all who are meant so many percent
are enough. `public` names a figure of `classes.yaml`: the report says which published one it was measured against.
"""

from dataclasses import dataclass

from gateway.scenes.words import Given, Selector
from gateway.thing.value import Value

SHARE_ALL = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One effect as it is written; times in seconds, `within` in the property's unit, `share` in percent."""

    line: int
    at: str
    select: Selector
    property: str
    near: Value | Given = None
    within: Value | Given = None
    at_least: Value | Given = None
    at_most: Value | Given = None
    words: tuple[Value | Given, ...] = ()
    after: float
    hold: float = 0.0
    share: float = SHARE_ALL
    public: str = ""
