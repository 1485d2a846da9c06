"""Whether a device can be reached, told as its announcement says: on one topic or several, by all, any, or the one that spoke last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.drivers.mqttdiscovery.announcement import topic_in
from gateway.drivers.mqttdiscovery.options import option
from gateway.drivers.mqttdiscovery.template import Template, template_of
from gateway.errors import WireError

_TOPICS = 8


@dataclass(frozen=True, slots=True)
class Sign:
    """One topic that tells it, and by which words."""

    topic: str
    template: Template | None
    there: str
    away: str

    def told(self, payload: str) -> bool | None:
        """Return what a message says, None for neither."""
        try:
            said = payload if self.template is None else self.template.of(payload)
        except WireError:
            return None
        return True if said == self.there else False if said == self.away else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How it is told; `mode` is all, any or latest. No signs: it is always taken to be there."""

    signs: tuple[Sign, ...] = ()
    mode: str = "latest"

    def verdict(self, told: Mapping[Sign, bool], latest: Sign | None) -> bool | None:
        """Return whether it is there by what was told so far, None as long as that is not enough to say."""
        if not self.signs:
            return True
        if self.mode == "latest":
            return told.get(latest) if latest in self.signs and latest is not None else next(iter(self._known(told)), None)
        known = self._known(told)
        if self.mode == "any":
            return True if any(known) else False if len(known) == len(self.signs) else None
        return False if not all(known) else True if len(known) == len(self.signs) else None

    def _known(self, told: Mapping[Sign, bool]) -> list[bool]:
        return [told[sign] for sign in self.signs if sign in told]


def reach_of(options: Mapping[str, Any]) -> Reach:
    """Return how an entity tells whether it is there; raise WireError for a topic or template that is not read."""
    listed = options.get("availability")
    if isinstance(listed, list):
        signs = tuple(_sign(each, "topic", "value_template") for each in listed[:_TOPICS] if isinstance(each, dict))
        return Reach(signs, option("availability_mode=latest", options) or "latest")
    if options.get("availability_topic") is not None:
        return Reach((_sign(options, "availability_topic", "availability_template"),))
    return Reach()


def _sign(options: Mapping[str, Any], topic: str, template: str) -> Sign:
    source = options.get(template)
    return Sign(
        topic_in(options.get(topic)),
        template_of(source) if isinstance(source, str) else None,
        option("payload_available=online", options) or "",
        option("payload_not_available=offline", options) or "",
    )
