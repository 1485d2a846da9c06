"""`make mutants`: every bad twin and every healthy kind under the judge; fails on a survivor or a false alarm."""

import argparse
import asyncio
import sys
import time

from firmware_sim.profile import kinds
from firmware_sim.twins.table import twins
from tests.mutants.matrix import Matrix, drawn, healthy_cases, twin_cases
from tests.mutants.pool import judged_all


def asked(words: list[str]) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these twins, and no healthy ones")
    parser.add_argument("--share", type=float, default=1.0, help="a share of the twins, drawn with the seed")
    parser.add_argument("--healthy", type=int, metavar="RUNS", help="runs over healthy kinds; each kind once when nothing is said")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds of each healthy run")
    parser.add_argument("--thorough", action="store_true", help="ask each twin all its ids, also after one caught it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    return parser.parse_args(words)


async def run(options: argparse.Namespace) -> Matrix:
    """Run what was asked for and tell how it goes."""
    names = options.only if options.only is not None else drawn(twins(), options.share, options.seed) if options.share else []
    every = kinds()
    runs = 0 if options.only is not None else len(every) if options.healthy is None else options.healthy
    cases = [*twin_cases(names, options.seed, thorough=options.thorough), *healthy_cases(every, options.seed, options.budget, runs)]
    matrix, began = Matrix(), time.monotonic()
    print(f"seed {options.seed}: {len(names)} twins, {runs} healthy runs, {options.workers} workers", flush=True)
    number = 0
    async for case, found in judged_all(cases, options.workers):
        number += 1
        print(f"[{number:4}/{len(cases)} {time.monotonic() - began:5.0f} s] {matrix.add(case, found)}", flush=True)
    print(matrix.summary(), flush=True)
    return matrix


def main() -> None:
    """Exit 0 when every twin was caught and no healthy one was accused."""
    sys.exit(0 if asyncio.run(run(asked(sys.argv[1:]))).clean else 1)


if __name__ == "__main__":
    main()
