"""Kinds of the standard as tests take them."""

from gateway.profile.library import Library


def all_features(library: Library, kind: str) -> tuple[str, ...]:
    """Return as many features as go together: each in order, unless one before excludes it or one it needs is missing."""
    known, chosen = library.model(kind).features, list[str]()
    for _ in known:
        for name, feature in known.items():
            excluded = any(name in known[other].excludes or other in feature.excludes for other in chosen)
            if name not in chosen and not excluded and set(feature.requires) <= set(chosen):
                chosen.append(name)
    return tuple(chosen)
