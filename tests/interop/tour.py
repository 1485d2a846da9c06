"""The tour walked: what a newcomer does in the browser with `make run`, in both languages.

`python -m tests.interop.tour docs` (`make tour`) writes its pictures, so that docs/tour.md shows what there is; `test_tour.py` walks it in
CI, so that it stays true.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.faces.web.phrases import tongue
from tests.interop.cover import cover
from tests.interop.tour_steps import TOUR
from tests.interop.visit import Visit
from tests.kit.browser import LANGUAGES, browser
from tests.kit.demo import start_demo, stop
from tests.kit.home import copied_home


@contextmanager
def newcomer(language: str) -> Iterator[Visit]:
    """Run the flat that `make run` shows, beside whatever else runs here, with a browser in front of it."""
    with TemporaryDirectory(prefix="hulian-tour-") as data:
        demo = start_demo(Path(data), "--home", str(copied_home("city-flat", Path(data))))
        try:
            with browser(str(demo.ready["http"])) as shown:
                shown.language(language)
                shown.light("light")
                downloads = Path(data) / "downloads"
                shown.chrome.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
                yield Visit(demo, shown, tongue(language), downloads)
        finally:
            stop(demo.process)


def walk(visit: Visit) -> Iterator[str]:
    """Take every step; give its name while the screen shows it."""
    for step in TOUR:
        visit.screen(step.size, step.height)
        step.take(visit)
        yield step.name


def main(folder: Path) -> None:
    """Write the pictures of `folder`/tour.md and of README, in both languages."""
    for language in LANGUAGES:
        (folder / "tour" / language).mkdir(parents=True, exist_ok=True)
        with newcomer(language) as visit:
            for name in walk(visit):
                picture = visit.seen()
                print(f"{language}: {name}, {len(picture) / 1000:.0f} kB", flush=True)
                (folder / "tour" / language / f"{name}.webp").write_bytes(picture)
            cover(visit, folder / f"pages.{language}.webp")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
