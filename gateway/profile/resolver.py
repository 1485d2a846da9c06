"""From the files of a profile to one flat Thing Model.

Three steps, the same in every implementation of the standard, because the hash of the result names the model:

1. References. An object with `tm:ref: <file>#<JSON pointer>` is replaced by its target (resolved), over which the members
   beside `tm:ref` are laid as a merge patch (RFC 7396: null takes a member out).
2. Parent. `links` may hold one `tm:extends`. The child, its references resolved, is laid over the flat parent as a merge
   patch, except that `hl:constraints` are the parent's followed by the child's, and the link to the parent goes.
3. `tm:optional` is written from `hl:features`: the sorted pointers of everything a feature switches on. It is for plain
   Thing Model tools and, being derived, no part of what is hashed.
"""

import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from gateway.errors import ProfileInvalid
from gateway.profile.canonical import canonical
from gateway.profile.plain_yaml import plainly_read

Document: TypeAlias = dict[str, Any]
Reader: TypeAlias = Callable[[str], Document]
"""Takes the name of a file beside the one that refers to it, gives its content."""

MAX_DEPTH = 32


def read_yaml(path: Path) -> Document:
    """Return one profile file as plain data; raise ProfileInvalid with its line where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        document = plainly_read(text) or YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ProfileInvalid(f"not YAML: {error.problem}", path=str(path), line=line) from error
    except (YAMLError, OSError, ValueError) as error:
        raise ProfileInvalid(f"cannot be read: {error}", path=str(path)) from error
    if not isinstance(document, dict):
        raise ProfileInvalid("must be a mapping at the top", path=str(path), line=1)
    return plain(document, str(path))


def plain(document: Mapping[str, Any], path: str) -> Document:
    """Return a YAML document as plain JSON data; raise ProfileInvalid where something in it is no JSON."""
    content: Document = _plain(document, path, "")
    return content


def _plain(node: Any, path: str, pointer: str) -> Any:
    if pointer.count("/") > MAX_DEPTH:
        raise ProfileInvalid("is nested too deep, or contains itself", path=path, pointer=pointer)
    if isinstance(node, Mapping):
        return {_name(key, path, pointer): _plain(value, path, f"{pointer}/{key}") for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, path, f"{pointer}/{index}") for index, value in enumerate(node)]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    if node is None:
        return None
    raise ProfileInvalid(f"is a {type(node).__name__}: put it in quotes", path=path, pointer=pointer)


def _name(key: Any, path: str, pointer: str) -> str:
    if isinstance(key, str):
        return str(key)
    raise ProfileInvalid(f"has a name that is no text: put {key} in quotes", path=path, pointer=pointer)


def resolve(name: str, read: Reader) -> Document:
    """Return the flat Thing Model of the file called `name`, with `tm:optional`."""
    document = dict(flatten(name, read))
    document["tm:optional"] = sorted(_optional(document))
    return document


def flatten(name: str, read: Reader) -> Document:
    """Return what of a model is hashed: references and parent resolved, nothing derived."""
    return _extended(name, read, ())


def canonical_hash(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the RFC 8785 form of a flat model, `tm:optional` left out."""
    body = {key: value for key, value in document.items() if key != "tm:optional"}
    return hashlib.sha256(canonical(body)).hexdigest()


def referred(reference: str, name: str, read: Reader) -> Any:
    """Return what a `tm:ref` in the file called `name` brings, itself resolved."""
    return _target(reference, name, read, ())


def merge_patch(target: Any, patch: Any) -> Any:
    """Lay `patch` over `target` as RFC 7396 does; neither is changed."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def follow(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) names; raise KeyError where it names nothing."""
    node = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, dict) and key in node:
            node = node[key]
        else:
            raise KeyError(pointer)
    return node


def parent_of(document: Document) -> str | None:
    """Return the file name a document extends, if any."""
    links = document.get("links")
    found = [link for link in links if isinstance(link, dict) and link.get("rel") == "tm:extends"] if isinstance(links, list) else []
    return str(found[0].get("href")) if found else None


def _extended(name: str, read: Reader, trail: tuple[str, ...]) -> Document:
    if name in trail:
        raise ProfileInvalid(f"extends itself through {' -> '.join((*trail, name))}", path=name, pointer="/links")
    document: Document = _references(read(name), name, read, ())
    if not isinstance(document, dict):
        raise ProfileInvalid("must be a mapping at the top", path=name)
    href = parent_of(document)
    if href is None:
        return document
    parent = _extended(PurePosixPath(href).name, read, (*trail, name))
    child = {key: value for key, value in document.items() if key not in ("links", "hl:constraints")}
    links = [link for link in document["links"] if link.get("rel") != "tm:extends"]
    merged: Document = merge_patch(parent, child)
    merged["hl:constraints"] = [*parent.get("hl:constraints", ()), *document.get("hl:constraints", ())]
    return merged | ({"links": links} if links else {})


def _references(node: Any, name: str, read: Reader, trail: tuple[str, ...]) -> Any:
    if len(trail) > MAX_DEPTH:
        raise ProfileInvalid(f"refers to itself through {trail[-1]}", path=name)
    if isinstance(node, list):
        return [_references(item, name, read, trail) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("tm:ref")
    if reference is None:
        return {key: _references(value, name, read, trail) for key, value in node.items()}
    beside = {key: _references(value, name, read, trail) for key, value in node.items() if key != "tm:ref"}
    return merge_patch(_target(str(reference), name, read, trail), beside)


def _target(reference: str, name: str, read: Reader, trail: tuple[str, ...]) -> Any:
    href, _, pointer = reference.partition("#")
    other = PurePosixPath(href).name or name
    try:
        target = follow(read(other), pointer)
    except KeyError:
        raise ProfileInvalid(f"tm:ref names {pointer} in {other}, which is not there", path=name) from None
    return _references(target, other, read, (*trail, reference))


def _optional(document: Document) -> set[str]:
    features = document.get("hl:features") or {}
    return {pointer for feature in features.values() for pointer in feature.get("affordances", ())}
