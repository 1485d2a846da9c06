"""A hub that is there to be killed: it puts one in the place of the other, and takes that back, for ever.

    open | replaced | back

Argument: the folder.
"""

import asyncio
import os
import sys
from pathlib import Path

from gateway.home.replacement.replacing import Unit
from tests.home.replacing_kit import OLD, entered


async def main(folder: str) -> None:
    """Open the home in `folder`, and go on."""
    async with entered(Path(folder)) as entrance:
        os.write(1, b"open\n")
        replacing = entrance.stage.home.replacing
        while True:
            if OLD in replacing.since():
                await replacing.take_back(OLD, ())
                os.write(1, b"back\n")
            else:
                await entrance.replace(unit=Unit(aside={"driver": "test", "key": OLD, "address": "", "port": 0, "facts": {}}))
                os.write(1, b"replaced\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
