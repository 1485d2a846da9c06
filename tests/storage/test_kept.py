"""What drivers keep of their units: there after a restart, apart by driver and key, forgotten when it is empty."""

from pathlib import Path

import pytest

from gateway.errors import TooLarge
from gateway.storage.kept import LARGEST, KeptUnits
from gateway.storage.state import StateStore


async def test_what_is_kept_of_a_unit_is_there_again_and_apart_from_others(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        kept = KeptUnits(store)
        assert await kept.of("one", "key") == {}
        await kept.put("one", "key", {"codes": [1, 2]})
        await kept.put("one", "other", {"codes": []})
        await kept.put("two", "key", {"x": "y"})
        with pytest.raises(TooLarge):
            await kept.put("one", "key", {"codes": "x" * LARGEST})
    async with StateStore(tmp_path / "state.db") as store:
        kept = KeptUnits(store)
        assert await kept.of("one", "key") == {"codes": [1, 2]}
        assert (await kept.of("one", "other"), await kept.of("two", "key")) == ({"codes": []}, {"x": "y"})
        await kept.put("one", "key", {})
        assert await kept.of("one", "key") == {}
