"""Calls about what hangs on what: a plug feeds an appliance, a remote controls it, a charger charges it."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.home.home import Home
from gateway.home.links.relation import FEEDS, Tie
from gateway.home.registry import checked_name
from gateway.thing.principal import LOCAL
from gateway.thing.timestamp import iso

Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""


class LinkCalls:
    """The calls over one home."""

    def __init__(self, home: Home, device: Resolve) -> None:
        self._home = home
        self._device = device

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"links": self._links, "link": self._link, "unlink": self._unlink}

    async def _links(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        ties = self._home.links.of(self._device(arguments)) if arguments.get("device") else self._home.links.all()
        return [self._shown(tie) for tie in ties]

    async def _link(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        source, confirmed = self._device(arguments), arguments.get("yes") is True
        if arguments.get("as") is not None:
            return self._shown(await self._made(source, arguments, confirmed=confirmed))
        tie = await self._home.links.link(source, _word(arguments), self._other(arguments), LOCAL, confirmed=confirmed)
        return self._shown(tie)

    async def _made(self, source: str, arguments: Mapping[str, Any], *, confirmed: bool) -> Tie:
        kind, title = arguments.get("as"), arguments.get("other")
        if _word(arguments) != FEEDS.word or not isinstance(kind, str) or not isinstance(title, str):
            raise BadSyntax("`as` is a kind and goes with the relation feeds, `other` is then what the thing is called")
        return await self._home.links.make(source, kind, checked_name(title), LOCAL, confirmed=confirmed)

    async def _unlink(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        source = self._device(arguments)
        target = self._other(arguments) if arguments.get("other") else None
        gone = await self._home.links.unlink(source, _word(arguments), target, LOCAL, confirmed=arguments.get("yes") is True)
        return [self._shown(tie) for tie in gone]

    def _other(self, arguments: Mapping[str, Any]) -> str:
        return self._device({"device": arguments.get("other")})

    def _shown(self, tie: Tie) -> dict[str, Any]:
        return {
            "device": tie.source,
            "name": self._home.twin(tie.source).name,
            "relation": tie.relation.word,
            "inverse": tie.relation.inverse,
            "other": tie.target,
            "otherName": self._home.twin(tie.target).name,
            "otherKind": self._home.twin(tie.target).description.kind,
            "told": tie.told,
            "by": tie.by,
            "at": None if tie.made is None else iso(tie.made),
            "evidence": self._home.links.evidence(tie.target) if tie.relation is FEEDS else "",
        }


def _word(arguments: Mapping[str, Any]) -> str:
    word = arguments.get("relation")
    if not isinstance(word, str) or not word:
        raise BadSyntax("`relation` must be a text")
    return word
