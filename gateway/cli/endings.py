"""How a program of ours ends when something goes wrong: words for the person, and an exit code (1 refused, 2 could not run)."""

import sys
from collections.abc import Callable

from gateway.errors import CommandError, HulianError


def ended_well(program: Callable[[], None]) -> None:
    """Run `program`; turn what it raises into words on standard error and an exit code."""
    try:
        program()
    except CommandError as error:
        from gateway.cli.devices import errors_as_exit  # noqa: PLC0415 - only when something was refused

        sys.exit(errors_as_exit(error))
    except HulianError as error:
        from gateway.cli.output import failure  # noqa: PLC0415 - likewise

        failure(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
