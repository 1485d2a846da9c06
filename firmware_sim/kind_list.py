"""The list of kinds that can be simulated, as `hulian-sim --list` prints it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from firmware_sim.models.table import own_model
from firmware_sim.profile import FOLDER, kinds, load, locate


def kind_lines(folders: Iterable[Path] = ()) -> Iterator[str]:
    """Yield a line a kind: its name, titles in both languages, maturity, and whose physics it has."""
    found = {kind: folder for folder in (FOLDER, *folders) for kind in kinds(folder)}
    for kind in sorted(found):
        profile = load(*locate(kind, folders))
        titles = profile.document.get("titles", {})
        physics = "generic model" if own_model(kind) is None else "model of its own"
        maturity = profile.document.get("hl:maturity", "draft")
        yield f"{kind:<24}{titles.get('en', kind)}  {titles.get('zh-Hans', '')}  ({maturity}, {physics})"
