"""The standard as the commands read it: resolved models are kept between runs, beside those of the gateway."""

from gateway.cli.options import options
from gateway.cli.places import home_folder
from gateway.profile.library import Library


def standard() -> Library:
    """Return the library of the standard's kinds."""
    return Library(cache=(options.data or home_folder()) / "cache")
