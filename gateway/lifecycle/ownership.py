"""A change of owner, and beginning anew.

*Transfer*: the appliances stay, and what is needed to reach them. Every key and client, the authority, names, rooms, history,
commands and the journal of the old owner go; the vault gets another key, and the journal of the new owner begins with
`transferred`. *Reset*: everything goes, also from a state that cannot be read any more.

Both are noted on disk, then the gateway ends and begins anew: what is done is done before any room is opened, so no session, no
retained topic and no key of before lives on, and a crash in between only makes the next start finish it.
"""

import asyncio
from pathlib import Path

from gateway.errors import SetupError
from gateway.lifecycle.rekeying import rekey
from gateway.storage.erasure import NOTE, STATE, Erasure, finish, note, noted
from gateway.trust.vault_key import KEY_FILE, destroy_key

__all__ = ["Erasure", "finish_erasure", "is_data_folder", "note", "noted"]


async def finish_erasure(folder: Path, now: float) -> Erasure | None:
    """Do what was noted in the data folder and return it, None when nothing was; raise SetupError or StorageDamaged."""
    return await asyncio.to_thread(erase_now, folder, now)


def erase_now(folder: Path, now: float, wish: Erasure | None = None) -> Erasure | None:
    """Do what was noted, or is the `wish` now, at once; raise SetupError, with nothing noted, while a gateway runs there."""
    try:
        noted(folder)
    except OSError as error:
        raise SetupError(f"{folder} cannot be read: {error.strerror}") from error

    def before(what: Erasure) -> None:
        if what == "reset":
            destroy_key(folder / KEY_FILE)
        else:
            rekey(folder)

    return finish(folder, now, before, wish)


def is_data_folder(folder: Path) -> bool:
    """Return whether a gateway has lived in a folder: what else may lie there would be deleted with it."""
    return any((folder / name).exists() for name in (STATE, f"{STATE}.lock", KEY_FILE, NOTE))
