"""Starts Home Assistant, in its own Python, without the page in the browser: the frontend is a package of 60 MB that no test looks at."""

import sys

from homeassistant import __main__, bootstrap  # type: ignore[import-not-found]

bootstrap.DEFAULT_INTEGRATIONS = {"logger", "network"}
bootstrap.CRITICAL_INTEGRATIONS = set()
sys.exit(__main__.main())
