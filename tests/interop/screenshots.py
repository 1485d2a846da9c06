"""Writes every page in both languages and two sizes into a folder: `python -m tests.interop.screenshots build/screenshots`.

The pictures are made from a running demo, so they are what people see; `make screenshots` runs it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.interop.test_pages import SCENE, pages
from tests.kit.browser import LANGUAGES, SIZES, browser
from tests.kit.demo import start_demo, stop

LIGHTS = {"phone": "dark", "desktop": "light"}


def main(folder: Path) -> None:
    """Run the demo of a flat and take its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="hulian-pictures-") as data:
        demo = start_demo(Path(data), "--home", "city-flat")
        try:
            demo.call("scene-import", text=SCENE)
            demo.call("scene-run", scene="cosy")
            with browser(str(demo.ready["http"])) as shown:
                for language in LANGUAGES:
                    shown.language(language)
                    for size in SIZES:
                        shown.size(size)
                        shown.light(LIGHTS[size])
                        for path in pages(demo):
                            name = "appliance" if path.startswith("/device/") else path.strip("/").replace("/", "-") or "home"
                            shown.open(path)
                            shown.settle()
                            shown.picture(folder / f"{name}-{size}-{language}.png", size)
                            print(folder / f"{name}-{size}-{language}.png", flush=True)
        finally:
            stop(demo.process)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
