"""What becomes of a sighting: an entry, perhaps a registration, perhaps nothing; every outcome is told to the doctor."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from gateway.discovery.asked import check_credentials, check_forms, wanted
from gateway.discovery.conversations import Conversations, Question
from gateway.discovery.credentials import Credentials
from gateway.discovery.doctor import Doctor
from gateway.discovery.effects import Effects, Given, Key
from gateway.discovery.entry import EntryState, InboxEntry, entry_from, registration_document, registration_from
from gateway.discovery.inbox import Inbox, News
from gateway.discovery.manual import Asked
from gateway.discovery.pace import Pace
from gateway.discovery.rules import Rules
from gateway.discovery.store import DiscoveryStore
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting, registration_of
from gateway.errors import CommandError, HulianError, SchemaViolation, StateConflict, StorageFailed, Unknown
from gateway.thing.concealed import CONCEALED
from gateway.thing.log import Log


class Desk:
    """Decides about units and keeps what was decided. `wanted`: addresses a person named; what answers there is accepted."""

    def __init__(
        self,
        context: Context,
        drivers: Mapping[str, Driver],
        store: DiscoveryStore,
        *,
        credentials: Credentials,
        effects: Effects,
        doctor: Doctor,
        rules: Rules,
        wanted: Iterable[Asked],
        pace: Pace,
    ) -> None:
        self.inbox = Inbox(pace)
        self.registrations: dict[Key, Registration] = {}
        self._context = context
        self._drivers = drivers
        self._store = store
        self._credentials = credentials
        self._effects = effects
        self._doctor = doctor
        self._rules = rules
        self._wanted = tuple(wanted)
        self._pace = pace
        self._accepting: set[Key] = set()
        self._refused: dict[Key, float] = {}
        """When a unit was not accepted with the credentials there are: not tried again for a while, or before there are others."""
        self._told: dict[Key, float] = {}
        self._unsaved: set[Key] = set()
        self._conversations = Conversations(pace.pair)
        self._log = Log()

    async def recall(self, named: Iterable[Registration]) -> None:
        """Read what was decided before, adopt every registration, and register what the manual list names in full."""
        for row in await self._store.inbox.all():
            entry = entry_from(row.document)
            if entry.state is not EntryState.PENDING or self.inbox.make_room(entry.address):
                self.inbox.put(entry)
        for row in await self._store.registrations.all():
            credentials = self._credentials.readable(row.document["driver"], row.document["key"])
            registration = registration_from(row.document, credentials)
            self.registrations[registration.driver, registration.key] = registration
            self._effects.adopt(registration)
        for registration in named:
            seen = self.inbox.get(registration.driver, registration.key)
            ignored = seen is not None and seen.state is EntryState.IGNORED  # a person let go of it since it was named
            if not ignored and (registration.driver, registration.key) not in self.registrations:
                await self._register(registration, self._entry_of(registration))

    async def end(self) -> None:
        """Give up the pairings that wait for an answer."""
        await self._conversations.end()

    # What a person decides

    async def accept(self, name: str, answers: Mapping[str, str]) -> Registration:
        """Pair with a unit and register it."""
        entry = self._find(name)
        key = (entry.driver, entry.key)
        again = self._may_pair_again(entry)
        if (entry.state is EntryState.ACCEPTED and not again) or key in self._accepting:
            raise StateConflict(f"{entry.name} is accepted already")
        CONCEALED.add(answers.values())
        if entry.driver in self._drivers:
            check_forms(self._drivers[entry.driver], answers)
        self._accepting.add(key)
        try:
            stored = {} if again else self._credentials.readable(*key)
            credentials = stored | dict(await self._pair(entry, stored | dict(answers)))
            entry = self.inbox.get(*key) or entry
            registration = registration_of(entry.candidate(), credentials)
            await self._register(registration, entry)
        except HulianError:
            self._refused[key] = self._context.clock.monotonic()
            raise
        finally:
            self._accepting.discard(key)
        self._refused.pop(key, None)
        return registration

    def _may_pair_again(self, entry: InboxEntry) -> bool:
        """Whether a unit that was accepted may be paired anew: one that asks for something, and cannot be reached with what there is."""
        driver = self._drivers.get(entry.driver)
        seconds = self._effects.away().get((entry.driver, entry.key), 0.0)
        away = entry.state is EntryState.ACCEPTED and seconds >= self._pace.look
        return away and bool(entry.needs) and driver is not None and driver.pair is not None

    async def ignore(self, name: str) -> None:
        """Let go of a unit and do not show it again."""
        entry = self._find(name)
        await self._let_go(entry)
        await self._keep(replace(entry, state=EntryState.IGNORED))

    async def forget(self, name: str) -> None:
        """Let go of a unit; when it is seen again it is new."""
        entry = self._find(name)
        await self._let_go(entry)
        self.inbox.remove(entry)
        self._unsaved.discard((entry.driver, entry.key))
        await self._store.inbox.remove(entry.driver, entry.key)
        self._effects.changed(entry)

    # Units whose places others take: what is to be stored is handed out, and once it is stored by somebody else, believed here

    def to_put_aside(self, driver: str, key: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the registration of a unit and its entry as ignored, as they are stored; None where it is not registered."""
        registration = self.registrations.get((driver, key))
        if registration is None:
            return None
        return registration_document(registration), replace(self._entry_of(registration), state=EntryState.IGNORED).document()

    def put_aside(self, driver: str, key: str) -> None:
        """Believe that a unit is registered no more; its secrets are kept, for it may come back."""
        registration = self.registrations.pop((driver, key), None)
        if registration is not None:
            self._show(replace(self._entry_of(registration), state=EntryState.IGNORED))

    def bring_back(self, document: Mapping[str, Any]) -> None:
        """Believe that a unit is registered again, and begin to keep its session."""
        registration = registration_from(document, self._credentials.readable(document["driver"], document["key"]))
        self.registrations[registration.driver, registration.key] = registration
        self._show(replace(self._entry_of(registration), state=EntryState.ACCEPTED))
        self._effects.adopt(registration)

    def as_accepted(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry of a unit that is to be registered again, as it is stored."""
        return replace(self._entry_of(registration_from(document, {})), state=EntryState.ACCEPTED).document()

    def _show(self, entry: InboxEntry) -> None:
        self.inbox.put(entry)
        self._unsaved.discard((entry.driver, entry.key))
        self._effects.changed(entry)

    async def give(self, driver: str, key: str, credentials: Mapping[str, str]) -> Given:
        """Keep what a unit asks for: one that is registered begins anew with it, one that waits for it is accepted, others are later."""
        if driver not in self._drivers:
            raise Unknown(f"there is no driver {driver!r}; there is {', '.join(self._drivers)}")
        check_credentials(self._drivers[driver], credentials)
        await self._credentials.keep(driver, key, credentials)
        self._refused.pop((driver, key), None)
        registration = self.registrations.get((driver, key))
        if registration is None:
            return await self._accept_waiting(driver, key)
        self.registrations[driver, key] = now = replace(registration, credentials=credentials)
        self._effects.adopt(now)
        return Given(registered=True)

    async def _accept_waiting(self, driver: str, key: str) -> Given:
        """Accept a unit that has been waiting for the credentials that were just given: whoever gives them wants it in the home."""
        entry = self.inbox.get(driver, key)
        if entry is None or entry.state is not EntryState.PENDING or self.missing(entry) or (driver, key) in self._accepting:
            return Given(registered=False)
        try:
            await self.accept(entry.name, {})
        except CommandError as error:
            return Given(registered=False, problem=CONCEALED.hide(error.detail))
        return Given(registered=True)

    def missing(self, entry: InboxEntry) -> tuple[str, ...]:
        """Return what a unit will ask for and the vault has no answer to."""
        kept = entry.needs and entry.key in self._credentials.keys(entry.driver)
        has = self._credentials.readable(entry.driver, entry.key).keys() if kept else ()
        return tuple(need for need in entry.needs if need not in has)

    def _find(self, name: str) -> InboxEntry:
        entry = self.inbox.find(name)
        if entry is None:
            raise Unknown(f"no unit {name!r} was seen: `hulian doctor` tells what was")
        return entry

    async def _pair(self, entry: InboxEntry, answers: Mapping[str, str]) -> Mapping[str, str]:
        driver = self._drivers.get(entry.driver)
        if driver is None:
            raise Unknown(f"there is no driver {entry.driver!r}")

        if driver.pair is None:
            for need in (need for need in entry.needs if need not in answers):
                _unanswered(driver, need, f"{entry.name} needs {need}")
            return {need: answers[need] for need in entry.needs}
        pairing = driver.pair
        got = await self._conversations.paired((entry.driver, entry.key), entry.name, lambda ask: pairing(entry.candidate(), ask), answers)
        return _unanswered(driver, got.need, got.text) if isinstance(got, Question) else got

    async def _register(self, registration: Registration, entry: InboxEntry) -> None:
        """Store first (what is secret before the rest), then adopt: what was accepted is not lost, also where who asked hangs up here."""
        await self._credentials.keep(registration.driver, registration.key, registration.credentials)
        await self._store.registrations.put(registration.driver, registration.key, registration_document(registration))
        self.registrations[registration.driver, registration.key] = registration
        self._effects.adopt(registration)
        await self._keep(replace(entry, state=EntryState.ACCEPTED))

    async def _let_go(self, entry: InboxEntry) -> None:
        if self.registrations.pop((entry.driver, entry.key), None) is not None:
            await self._store.registrations.remove(entry.driver, entry.key)
            await self._credentials.forget(entry.driver, entry.key)
            await self._effects.dropped(entry.driver, entry.key)

    async def _keep(self, entry: InboxEntry) -> None:
        self.inbox.put(entry)
        self._unsaved.discard((entry.driver, entry.key))
        await self._store.inbox.put(entry.driver, entry.key, entry.document())
        self._effects.changed(entry)

    def _entry_of(self, registration: Registration) -> InboxEntry:
        known = self.inbox.get(registration.driver, registration.key)
        if known is not None:
            return known
        now = self._context.clock.now()
        return InboxEntry(
            driver=registration.driver,
            key=registration.key,
            title=registration.key,
            kind=None,
            state=EntryState.ACCEPTED,
            first_seen=now,
            last_seen=now,
            address=registration.address,
            port=registration.port,
            facts=registration.facts,
        )

    # What a sighting brings

    def take(self, sighting: Sighting) -> InboxEntry | None:
        """Enter a sighting; return the entry when it is to be accepted without asking."""
        where = sighting.interface or sighting.source
        if sighting.gone:
            self._doctor.answered(where, sighting.name, "said goodbye")
            return None
        candidates = [found for driver in self._drivers.values() if (found := driver.recognise(sighting)) is not None]
        if not candidates:
            self._doctor.dropped(where, sighting.name, f"no driver knows it as {sighting.service}")
        for candidate in candidates:
            if candidate.key == self._context.gateway:
                self._doctor.dropped(where, sighting.name, "this is this gateway itself")
            elif (entry := self._enter(candidate, sighting, where)) is not None:
                return entry
        return None

    def _enter(self, candidate: Candidate, sighting: Sighting, where: str) -> InboxEntry | None:
        reached = self._effects.reached(candidate.driver, candidate.key)
        entry, news = self.inbox.see(candidate, sighting, away=lambda: self._away(candidate), reached=reached)
        if entry is None:
            self._doctor.dropped(where, candidate.key, "the inbox is full: accept, ignore or forget some of what is in it")
            return None
        self._doctor.answered(where, entry.name, news.name.lower() if entry.state is EntryState.PENDING else entry.state.value)
        if news is News.CLAIMED:
            self._claimed(entry, candidate)
            return None
        if news is not News.SEEN:
            self._unsaved.add((entry.driver, entry.key))
            self._effects.changed(entry)
        if entry.state is EntryState.ACCEPTED:
            self._follow(entry, news)
        return entry if entry.state is EntryState.PENDING and self._accepted_unasked(entry, sighting) else None

    def _claimed(self, entry: InboxEntry, candidate: Candidate) -> None:
        """Let the supervisor look whether a unit still answers at its place that is said to be elsewhere."""
        registration = self.registrations.get((entry.driver, entry.key))
        if registration is not None:
            self._effects.changed(entry)
            self._effects.moved(entry.driver, entry.key, candidate.address, candidate.port, registration.facts)

    def _away(self, candidate: Candidate) -> bool:
        return self._effects.away().get((candidate.driver, candidate.key), 0.0) >= self._pace.look

    def _follow(self, entry: InboxEntry, news: News) -> None:
        """Tell the supervisor where an accepted unit is: every change, and now and then that it was seen at all."""
        key = (entry.driver, entry.key)
        registration = self.registrations.get(key)
        now = self._context.clock.monotonic()
        if registration is None or (news is not News.MOVED and now - self._told.get(key, float("-inf")) < self._pace.seen):
            return
        self._told[key] = now
        facts = {**registration.facts, **entry.facts}
        address, port = (entry.address, entry.port) if entry.address else (registration.address, registration.port)
        if (new := replace(registration, address=address, port=port, facts=facts)) != registration:
            self.registrations[key] = registration = new
        self._effects.moved(*key, address, port, registration.facts)

    def _accepted_unasked(self, entry: InboxEntry, sighting: Sighting) -> bool:
        key = (entry.driver, entry.key)
        if key in self._accepting:
            return False
        if entry.needs:
            refused = self._refused.get(key, float("-inf"))
            return self._context.clock.monotonic() - refused >= self._pace.quiet and not self.missing(entry)
        named = any(
            asked.driver == entry.driver and asked.host == sighting.address and asked.port in {0, sighting.port} for asked in self._wanted
        )
        return named or self._rules.accept(entry.driver, entry.kind)

    async def save(self) -> None:
        """Store what changed since the last time; what a failing disk does not take now is tried again the next time."""
        unsaved, self._unsaved = self._unsaved | self.inbox.let_go(), set()
        troubles = await asyncio.gather(*(self._saved(key) for key in unsaved))
        if trouble := next(filter(None, troubles), None):
            self._log.error("discovery.not_stored", units=len(self._unsaved), reason=trouble)

    async def _saved(self, key: Key) -> str:
        """Store one unit; return why not, empty when it is stored."""
        try:
            await self._save(key)
        except StorageFailed as error:
            self._unsaved.add(key)
            return str(error)
        return ""

    async def _save(self, key: Key) -> None:
        entry, registration = self.inbox.get(*key), self.registrations.get(key)
        if entry is not None:
            await self._store.inbox.put(*key, entry.document())
        elif registration is None:
            await self._store.inbox.remove(*key)
        if registration is not None:
            await self._store.registrations.put(*key, registration_document(registration))


def _unanswered(driver: Driver, need: str, question: str) -> NoReturn:
    """Tell the person what is asked, and what the answer looks like."""
    raise SchemaViolation(": ".join(filter(None, (question, wanted(driver, need)))), property=need)
