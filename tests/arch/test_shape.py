"""The limits CONTRIBUTING.md sets on the shape of the code."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "tunewright"
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}


def python_files() -> list[Path]:
    files = sorted(SOURCE.rglob("*.py"))
    assert len(files) > 60
    return files


def test_no_file_is_called_a_drawer() -> None:
    assert not [path for path in python_files() if path.name in FORBIDDEN_NAMES]


def test_no_file_is_over_500_lines() -> None:
    long = {
        str(path.relative_to(SOURCE)): n
        for path in python_files()
        if (n := path.read_text().count("\n")) > 500
    }
    assert not long


def test_no_function_is_over_60_lines_and_all_have_return_annotations() -> None:
    long, bare = [], []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{path.relative_to(SOURCE)}:{node.name}"
                doc = ast.get_docstring(node, clean=False)
                length = (
                    (node.end_lineno or node.lineno) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
                )
                if length > 60:
                    long.append(f"{name} {length}")
                if node.returns is None:
                    bare.append(name)
    assert not long
    assert not bare


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(SOURCE)) for p in python_files() if not ast.get_docstring(ast.parse(p.read_text()))
    ]
    assert not silent
