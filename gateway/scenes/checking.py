"""Scene files on their own, without a home: what is wrong in them, and in which order they can be kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.profile.findings import Finding, Pages, Severity
from gateway.profile.library import Library
from gateway.scenes.check import check_scene
from gateway.scenes.document import Scene
from gateway.scenes.reading import NAMELESS, read_scene


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said about some files, in their order."""

    files: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Return how many mistakes there are."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def check_files(paths: Sequence[Path], library: Library | None = None) -> Checked:
    """Return what is wrong in scene files; those that are given together may have one another inside."""
    library = library or Library()
    read: list[tuple[Scene | None, Pages]] = [read_scene(path) for path in paths]
    scenes: dict[str, Scene] = {}
    for scene, pages in read:
        if scene is None:
            continue
        if scene.id in scenes and scene.id != NAMELESS:
            pages.report("/scene", f"{scene.id} is the name of another of these files, too", rule="scene-id")
        scenes.setdefault(scene.id, scene)
    for scene, pages in read:
        if scene is not None:
            check_scene(scene, pages, library, scenes)
    return Checked(len(paths), tuple(finding for _, pages in read for finding in sorted(pages.findings)))


def inner_first(paths: Iterable[Path]) -> list[Path]:
    """Return scene files in an order in which those that are inside others come before them."""
    waiting = [(path, scene) for path in paths for scene, _ in [read_scene(path)]]
    names = {scene.id for _, scene in waiting if scene is not None}
    ordered: list[Path] = []
    kept: set[str] = set()
    while waiting:
        ready = [
            (path, scene)
            for path, scene in waiting
            if scene is None or all(step.scene in kept or step.scene not in names for step in scene.nested())
        ]
        for path, scene in ready or waiting:
            ordered.append(path)
            if scene is not None:
                kept.add(scene.id)
        waiting = [each for each in waiting if each not in (ready or waiting)]
    return ordered
