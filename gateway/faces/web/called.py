"""What the ids of a journal are called: appliances, units, who came in, scenes; an id that has no name stays as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.faces.web.inbox import title_of
from gateway.faces.web.sheet import Sheet


class Called:
    """Names as they are now. `clients`: who may come in, or could once."""

    def __init__(self, page: Sheet, clients: Iterable[Mapping[str, Any]]) -> None:
        whole, tongue = page.whole, page.tongue
        self._tongue = tongue
        self._clients = {str(each["id"]): str(each.get("name") or each["id"]) for each in clients}
        self._scenes = {record["id"]: tongue.either(record["names"]) for record in whole.scenes.scenes.listing()}
        self._devices = {device: page.name(whole.home.twin(device)) for device in whole.home.devices()}
        self._units = {entry.name: title_of(page, entry) for entry in whole.discovery.inbox()}
        for session in whole.status()["sessions"]:
            carried = [self._devices[device] for device in session["devices"] if device in self._devices]
            if carried:
                self._units[f"{session['driver']}:{session['key']}"] = tongue.comma.join(carried)

    def somebody(self, actor: str) -> str:
        """Return who it was."""
        return self._tongue.who(self._clients.get(actor, actor)) if actor else ""

    def something(self, target: str) -> str:
        """Return what it was about; a window for a role is about that role."""
        known = (self._devices, self._units, self._clients, self._scenes)
        return next((names[target] for names in known if target in names), self._tongue.phrases.get(f"role.{target}", target))

    def ids(self, actor: str, target: str) -> str:
        """Return the ids that stand behind names, for whoever looks for one."""
        return " · ".join(each for each, name in ((actor, self.somebody(actor)), (target, self.something(target))) if each != name)
