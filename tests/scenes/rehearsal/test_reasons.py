"""Why a copy could not be played is said, not only that it could not."""

import pytest

from gateway.app.rehearsing import play
from gateway.errors import SetupError
from gateway.scenes.rehearsal.order import Order


async def nobody(_word: object) -> None:
    """Be told nothing."""


async def test_a_home_there_is_not_is_named() -> None:
    text = "scene: dark\nsteps:\n  - {select: {kind: light}, set: {power: false}}\n"
    with pytest.raises(SetupError, match="there is no home 'nosuch'"):
        await play(Order(copy=None, home="nosuch", texts={"dark": text}, scene="dark"), nobody)
