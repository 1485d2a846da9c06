"""What an appliance keeps when its program ends, as a small JSON file: the count of starts, the settings, the meters.

A kind may keep more beside them (`Model.kept`). Without a file it starts new each time. What the file says is believed only as far as it
fits: a setting this appliance does not have, or whose value its profile no longer allows, starts new.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware_sim.models.model import Model
from firmware_sim.refusal import SetupMistake
from firmware_sim.schema import problem

METERS = ("energy", "hours")
PAUSE = 10.0
"""Wall seconds at least between two writings that are about the meters alone."""


class Memory:
    """The file of one unit; `path` None: nothing outlives the program. `start` is the boot number of a unit that never ran."""

    def __init__(self, path: Path | None, start: int) -> None:
        self._path = path
        self._kept: dict[str, Any] = _stored(path) if path is not None and path.exists() else {"boot": start - 1}
        self._due = 0.0

    def next_boot(self) -> int:
        """Count a start; the number is stored before it is given out. SetupMistake when it cannot be."""
        self._kept["boot"] += 1
        self._store()
        return int(self._kept["boot"])

    def recall(self, model: Model, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        """Give a model back what it had, and let it come up as after a power cut; leave one alone that never ran."""
        if "settings" not in self._kept:
            return
        for name, value in self._kept["settings"].items():
            if name in schemas and problem(schemas[name], value) is None:
                model.settings[name] = value
        for name in METERS:
            setattr(model, name, float(self._kept[name]))
        if self._kept.get("own"):
            try:
                model.recalled(self._kept["own"])
            except (ValueError, KeyError, TypeError) as error:
                raise SetupMistake(f"{self._path} is damaged: delete it, or start with another --state folder") from error
        model.lit(0.0)

    def keep(self, model: Model, *, last: bool = False) -> None:
        """Store what changed: settings at once, meters now and then, and everything the `last` time."""
        if self._path is None:
            return
        now = {"settings": dict(model.settings), "own": model.kept(), **{name: getattr(model, name) for name in METERS}}
        same = all(now[name] == self._kept.get(name) for name in ("settings", "own"))
        if same and not last and time.monotonic() < self._due:
            return
        self._kept |= now
        self._due = time.monotonic() + PAUSE
        self._store()

    def _store(self) -> None:
        if self._path is None:
            return
        partial = self._path.with_suffix(".partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self._kept))
            partial.replace(self._path)
        except OSError as error:
            raise SetupMistake(f"{self._path} cannot be written ({error.strerror}): name another folder with --state") from error


def _stored(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text())
        known = {"boot": int(kept["boot"])}
        meters = {name: float(kept[name]) for name in METERS} if "settings" in kept else {}
        return known | meters | ({"settings": dict(kept["settings"]), "own": dict(kept.get("own", {}))} if meters else {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupMistake(f"{path} is damaged: delete it, or start with another --state folder") from error
