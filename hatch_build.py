"""Puts the resolved models of all profiles into a wheel, so that an installed gateway reads no YAML (see gateway/profile/bundle.py)."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ModelsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs when a wheel is built; an editable installation reads the profiles as they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle and add it to the wheel."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from gateway.profile.bundle import BUNDLE  # noqa: PLC0415 - found through the line above
        from gateway.profile.library import Library  # noqa: PLC0415 - likewise

        folder = Path(tempfile.mkdtemp())
        (folder / BUNDLE).write_bytes(Library(Path(self.root) / "profiles").bundle())
        build_data["force_include"][str(folder / BUNDLE)] = f"profiles/{BUNDLE}"
