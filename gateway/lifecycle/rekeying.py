"""A new key for the vault, when a home changes hands: a copy of the old one, in a backup or a memory, opens nothing of it any more.

    vault.key.next is made       the new key, on disk before it seals anything
    the rows are sealed anew     all in one transaction
    it becomes vault.key         and the old one is overwritten

Cut off anywhere it is done again from the start, and each row tells by which of the two keys it opens.
"""

from pathlib import Path
from typing import Final

from gateway.storage.erasure import STATE
from gateway.storage.resealing import Rows, reseal
from gateway.trust.vault import resealed
from gateway.trust.vault_key import KEY_FILE, replace_key, root_key

NEXT: Final = f"{KEY_FILE}.next"


def rekey(folder: Path) -> None:
    """Give the vault of a home that does not run another key; raise SetupError, StorageDamaged or ExtraMissing, with nothing lost."""
    new = root_key(folder / NEXT, needed=False)

    def change(rows: Rows) -> Rows:
        return resealed(rows, lambda: root_key(folder / KEY_FILE, needed=True), new)

    reseal(folder / STATE, change)
    replace_key(folder / KEY_FILE, folder / NEXT)
