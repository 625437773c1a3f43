"""What the rules of the house are held against: the tracked files, and the functions in them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = (".py", ".cpp", ".h")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


@cache
def tracked() -> tuple[Path, ...]:
    """Every file in the repository's index that exists; skips outside a checkout."""
    try:
        command = ["git", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout: which files belong to the project is not known otherwise")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def code(*folders: str, kinds: tuple[str, ...] = CODE) -> list[Path]:
    """Tracked source files of these ``kinds`` below these folders."""
    inside = tuple(ROOT / folder for folder in folders)
    return [p for p in tracked() if p.suffix in kinds and any(p.is_relative_to(f) for f in inside)]


def text(path: Path) -> str:
    """A file's text; what is not UTF-8 is shown as such."""
    return path.read_text(encoding="utf-8", errors="replace")


def place(path: Path) -> str:
    """How a file is called in messages."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Named:
    """A module, class or function, and where it stands."""

    where: str
    """``src/curvewise/tuning.py:tune``."""
    node: Documented
    public: bool
    """True where no part of its name begins with an underscore."""


def definitions(path: Path) -> Iterator[Named]:
    """The module, then every class, function and method in it; what stands inside a function is private."""
    module = ast.parse(text(path))
    dunder = path.stem.startswith("__") and path.stem.endswith("__")
    yield Named(place(path), module, dunder or not path.stem.startswith("_"))
    yield from _within(module, f"{place(path)}:", True)


def _within(parent: ast.AST, prefix: str, public: bool) -> Iterator[Named]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Function | ast.ClassDef):
            seen = public and not node.name.startswith("_")
            yield Named(prefix + node.name, node, seen)
            yield from _within(node, f"{prefix}{node.name}.", seen and isinstance(node, ast.ClassDef))
        else:
            yield from _within(node, prefix, public)


def length(function: Function) -> int:
    """Lines from ``def`` to the end, the docstring left out: it is there to be long where it helps."""
    first = function.body[0]
    docstring = ast.get_docstring(function, clean=False) is not None
    told = (first.end_lineno or 0) - first.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - told


def parameters(function: Function) -> int:
    """Named parameters, ``self`` and ``cls`` left out."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))
