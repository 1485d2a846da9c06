"""Making and breaking links, as an owner asks for it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

from gateway.errors import BY_CODE, CommandError, DeviceFailure, StateConflict, StorageFailed
from gateway.home.links.feeding import Feeding
from gateway.home.links.links import Links, targets_in
from gateway.home.links.relation import FEEDS, NOTHING, Relation, Tie, relation_of
from gateway.home.registry import Registry
from gateway.home.run import Run
from gateway.home.twin import Twin
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log
from gateway.thing.principal import Principal
from gateway.thing.value import Value
from gateway.trust.roles import Permission, require

_log = Log()


class Audit(Protocol):
    """Where it is written down who did what (`trust.journal.Journal.record`)."""

    async def __call__(self, what: str, *, actor: str = "", target: str = "", **detail: Any) -> None:
        """Write one event down; raise StorageFailed."""
        ...


Submit = Callable[[Command], Awaitable[Run]]


class Linking:
    """Links what the gateway remembers by itself, and has a source that remembers itself told by a command like any other."""

    def __init__(self, links: Links, feeding: Feeding, registry: Registry, submit: Submit, audit: Audit | None) -> None:
        self._links = links
        self._feeding = feeding
        self._registry = registry
        self._submit = submit
        self._audit = audit

    async def link(self, source: str, word: str, target: str, principal: Principal, *, confirmed: bool) -> Tie:
        """Tie a source to a target, and return the tie; raise a CommandError or StorageFailed."""
        require(principal, Permission.ADMINISTER)
        relation, twin = relation_of(word), self._registry.twin(source)
        self._registry.twin(target)
        _check_able(twin, relation)
        self._links.graph.check(source, relation, target)
        kept = [tie.target for tie in self._links.graph.targets(source, relation)] if relation.most > 1 else []
        await self._arrange(twin, relation, (*(each for each in kept if each != target), target), principal, confirmed=confirmed)
        return self._tie(source, relation, target)

    def check_may_feed(self, source: str, principal: Principal) -> None:
        """Raise Forbidden unless an owner asks, Unknown or StateConflict when the source is none that feeds."""
        require(principal, Permission.ADMINISTER)
        _check_able(self._registry.twin(source), FEEDS)

    async def unlink(self, source: str, word: str, target: str | None, principal: Principal, *, confirmed: bool) -> tuple[Tie, ...]:
        """Untie a source from a target, or from all (None), and return the ties that were; raise a CommandError or StorageFailed."""
        require(principal, Permission.ADMINISTER)
        relation, twin = relation_of(word), self._registry.twin(source)
        ties = self._links.graph.targets(source, relation)
        gone = tuple(tie for tie in ties if target in {None, tie.target})
        if not gone and not (target is None and self._links.word(source) != NOTHING):
            raise StateConflict(
                f"{source} {relation.word} nothing" if target is None else f"{source} does not say it {relation.word} {target}"
            )
        await self._arrange(twin, relation, [tie.target for tie in ties if tie not in gone], principal, confirmed=confirmed)
        return gone

    async def keep(self, device: str, values: Mapping[str, Value], principal: Principal) -> None:
        """Remember what was written to a device that has no memory for it; admitted already."""
        for name, relation in ((name, relation) for name, relation in _OWN.items() if name in values):
            word = str(values.get(relation.kind_property, NOTHING)) if relation.kind_property else NOTHING
            await self._make(device, relation, targets_in(values[name]), principal, word=word)
        if FEEDS.property not in values and FEEDS.kind_property in values and not self._links.graph.targets(device, FEEDS):
            await self._make(device, FEEDS, (), principal, word=str(values[FEEDS.kind_property]))

    async def _arrange(self, twin: Twin, relation: Relation, targets: Sequence[str], principal: Principal, *, confirmed: bool) -> None:
        written = _written(self._links, twin, relation, targets)
        if _remembers(twin, relation) and not self._links.keeps(twin.id, relation.property):
            await self._have_told(twin, written, principal, confirmed=confirmed)
            return
        own = [tie.target for tie in self._links.graph.targets(twin.id, relation) if tie.told]
        if stubborn := [target for target in own if target not in targets]:
            raise StateConflict(f"{twin.name} itself says that it {relation.word} {stubborn[0]}, and cannot be told otherwise")
        if not confirmed:
            self._feeding.ask(twin, written)
        await self._make(twin.id, relation, [target for target in targets if target not in own], principal)

    async def _make(self, source: str, relation: Relation, targets: Sequence[str], principal: Principal, *, word: str = NOTHING) -> None:
        before = {tie.target for tie in self._links.graph.targets(source, relation) if not tie.told}
        await self._links.make(source, relation, targets, principal.name, word=word)
        for target in (each for each in targets if each not in before):
            await self._write_down("linked", principal, source, relation, target)
        for target in before - set(targets):
            await self._write_down("unlinked", principal, source, relation, target)
        if not targets and word != NOTHING:
            await self._write_down("linked", principal, source, relation, f"a {word}")

    async def _write_down(self, what: str, principal: Principal, source: str, relation: Relation, target: str) -> None:
        if self._audit is None:
            return
        try:
            await self._audit(what, actor=principal.name, target=source, relation=relation.word, other=target)
        except StorageFailed as error:
            _log.error("who linked is not stored", device=source, actor=principal.name, reason=str(error))

    async def _have_told(self, twin: Twin, written: dict[str, Value], principal: Principal, *, confirmed: bool) -> None:
        """Have a source that remembers itself written to, and return once it shows it."""
        refusal = await self._write(twin, written, principal, None)
        token = (refusal or {}).get("confirm")
        if token and confirmed:
            refusal = await self._write(twin, written, principal, str(token))
        if refusal is not None:
            detail = str(refusal.get("detail") or refusal.get("title"))
            raise BY_CODE.get(str(refusal["code"]), DeviceFailure)(detail, property=refusal.get("property"))
        for name in written.keys() & _OWN.keys():
            await self._write_down("linked", principal, twin.id, _OWN[name], ", ".join(targets_in(written[name])) or "nothing")

    async def _write(self, twin: Twin, written: dict[str, Value], principal: Principal, token: str | None) -> Mapping[str, Any] | None:
        """Have it written, and return the error of the last ack, None when it was done."""
        command = Command(
            id=f"link-{uuid4().hex[:12]}",
            device=twin.id,
            operation=Operation.WRITE_MULTIPLE,
            name="",
            input=written,
            principal=principal,
            why="link",
            confirmation=token,
        )
        ack = await (await self._submit(command)).terminal(None)
        if ack is None:
            return CommandError("the gateway is stopping").document()
        return ack.error

    def _tie(self, source: str, relation: Relation, target: str) -> Tie:
        ties = self._links.graph.targets(source, relation)
        return next((tie for tie in ties if tie.target == target), Tie(source=source, relation=relation, target=target))


_OWN = {relation.property: relation for relation in map(relation_of, ("feeds", "controls"))}


def _check_able(twin: Twin, relation: Relation) -> None:
    if twin.description.kind not in relation.kinds and relation.property not in twin.instance.properties:
        able = " or ".join(sorted(relation.kinds))
        raise StateConflict(f"{twin.name} is a {twin.description.kind}, which {relation.word} nothing; a {able} does")


def _remembers(twin: Twin, relation: Relation) -> bool:
    """Return whether a source has a place for the link that can be written."""
    known = twin.instance.properties.get(relation.property)
    return known is not None and not known.read_only


def _written(links: Links, twin: Twin, relation: Relation, targets: Sequence[str]) -> dict[str, Value]:
    """Return what a source is told when it is tied to these and nothing else."""
    if not _remembers(twin, relation):
        return {}
    if relation.most > 1:
        return {relation.property: list(targets)}
    target = targets[0] if targets else ""
    kind = {relation.kind_property: links.kind(twin.id, target) if target else NOTHING}
    return {relation.property: target} | (kind if relation.kind_property in twin.instance.properties else {})
