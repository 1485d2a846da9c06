"""NiceGUI without what it never uses here: its socket library brings three clients of HTTP along where they are installed, 10 MiB.

That library asks for each with `try: import`, and does without; only its client would use them, and the pages are a server.
"""

import sys
from importlib import import_module
from typing import Final

CLIENTS: Final = ("aiohttp", "requests", "websocket")
ASKING: Final = ("engineio.client", "engineio.async_client")


def leave_out() -> None:
    """Have the socket library imported without the clients; those that are there already stay, and anybody else still gets them."""
    absent = [name for name in CLIENTS if name not in sys.modules]
    sys.modules |= dict.fromkeys(absent)  # type: ignore[arg-type]  # None: Python's own way to say that there is no such module
    try:
        for name in ASKING:
            import_module(name)
    finally:
        for name in absent:
            del sys.modules[name]
