"""The call about who has been told which key: units with the names of what they ask for and what there is. Never a value."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.discovery import Discovery, EntryState, InboxEntry
from gateway.discovery.credentials import Credentials
from gateway.errors import StorageDamaged
from gateway.faces.control.server import Call, Tell

UNSEEN = "not seen yet"


class CredentialCalls:
    """`sessions`: the supervisor's, one mapping each with driver, key and devices."""

    def __init__(self, credentials: Credentials, discovery: Discovery, sessions: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        self._credentials = credentials
        self._discovery = discovery
        self._sessions = sessions

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"credentials": self._list}

    async def _list(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return every unit that asks for something or has something, and what the drivers' units ask for."""
        devices = {(each["driver"], each["key"]): list(each["devices"]) for each in self._sessions()}
        entries = {(entry.driver, entry.key): entry for entry in self._discovery.inbox() if entry.state is not EntryState.IGNORED}
        kept = {(driver, key) for driver in self._credentials.drivers() for key in self._credentials.keys(driver)}
        units = [self._unit(place, entries.get(place), devices.get(place, [])) for place in sorted({*entries, *kept})]
        return {"units": [unit for unit in units if unit["has"] or unit["needs"] or unit["problem"]], "asks": self._discovery.asks()}

    def _unit(self, place: tuple[str, str], entry: InboxEntry | None, devices: list[str]) -> dict[str, Any]:
        driver, key = place
        names, problem = self._names(driver, key)
        needs = list(entry.needs) if entry is not None else []
        return {
            "unit": f"{driver}:{key}",
            "driver": driver,
            "key": key,
            "title": entry.title if entry is not None else "",
            "state": entry.state.value if entry is not None else UNSEEN,
            "devices": devices,
            "has": names,
            "needs": needs,
            "missing": [need for need in needs if need not in names],
            "problem": problem,
        }

    def _names(self, driver: str, key: str) -> tuple[list[str], str]:
        try:
            return sorted(self._credentials.of(driver, key)), ""
        except StorageDamaged as error:
            return [], str(error)
