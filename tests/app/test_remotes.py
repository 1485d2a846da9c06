"""What is known of codes, and what becomes of what a driver kept when its unit is let go of."""

from types import SimpleNamespace
from typing import Any, cast

from gateway.app.remotes import known_codes
from gateway.app.running import _let_go
from tests.kit.kept import MemoryKept


async def test_of_a_unit_that_is_let_go_of_nothing_is_kept() -> None:
    removed: list[Any] = []

    async def remove(*what: str) -> None:
        removed.append(what)

    kept = MemoryKept()
    await kept.put("broadlink", "one", {"codes": [1]})
    await kept.put("broadlink", "other", {"codes": [2]})
    supervisor = cast("Any", SimpleNamespace(remove=remove))
    await _let_go(supervisor, cast("Any", SimpleNamespace(kept=kept)), "broadlink", "one")
    assert removed == [("broadlink", "one")]
    assert (await kept.of("broadlink", "one"), await kept.of("broadlink", "other")) == ({}, {"codes": [2]})
    await _let_go(supervisor, cast("Any", SimpleNamespace(kept=None)), "broadlink", "other")
    assert await kept.of("broadlink", "other") == {"codes": [2]}


def test_each_code_set_is_told_with_its_kind() -> None:
    known = known_codes()
    assert {each["name"]: each["kind"] for each in known["codes"]}["climate-8"] == "air-conditioner"
    assert {each["kind"] for each in known["codes"]} == set(known["kinds"])
