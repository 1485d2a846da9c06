"""A process that judges cases one after the other: a case a line comes in, what was found goes out. Ends with its input."""

import asyncio
import json
import sys

from tests.mutants.case import Case, judged


def main() -> None:
    """Judge until there is nothing more to read."""
    for line in sys.stdin:
        found = asyncio.run(judged(Case.read(line)))
        sys.stdout.write(json.dumps(found, default=repr) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
