"""A gateway that links and unlinks as fast as it can, and says each when it is done; started by `test_links_killed` and killed."""

import asyncio
import sys
from pathlib import Path

from tests.home.kit import HandClock, living
from tests.home.links_kit import LIBRARY, OWNER, forgetful, put

PLUGS, LAMPS = 3, 4


async def work(folder: Path) -> None:
    async with living(folder, HandClock(), LIBRARY) as house:
        for number in range(PLUGS):
            await forgetful(house, f"plug-{number}")
        for number in range(LAMPS):
            await put(house, f"lamp-{number}", "light")
        fed: dict[str, str] = {tie.source: tie.target for tie in house.home.links.all()}
        turn = len(fed)
        while True:
            turn += 1
            plug = f"plug-{turn % PLUGS}"
            free = [f"lamp-{number}" for number in range(LAMPS) if f"lamp-{number}" not in fed.values()]
            if plug in fed and turn % 2:
                await house.home.links.unlink(plug, "feeds", None, OWNER)
                del fed[plug]
            else:
                await house.home.links.link(plug, "feeds", free[turn % len(free)], OWNER)
                fed[plug] = free[turn % len(free)]
            print(" ".join(f"{source}={target}" for source, target in sorted(fed.items())), flush=True)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
