"""The picture of the packages, drawn from the rule that ``tests/test_imports.py`` holds them to."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_WIDTH, _HEIGHT, _BETWEEN, _FLOOR, _MARGIN = 190, 40, 60, 84, 20
_STYLE = (
    "rect{fill:#eef3fa;stroke:#33527a}text{font:15px sans-serif;fill:#1c2733;text-anchor:middle}"
    "line{stroke:#33527a;stroke-width:1.5;marker-end:url(#head)}path{fill:#33527a}"
)


def rule():
    """Package -> those that it may import (dict of str to set of str), as the test has it."""
    tree = ast.parse((ROOT / "tests" / "test_imports.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "MAY_IMPORT":
            return {
                ast.literal_eval(key): _names(value)
                for key, value in zip(node.value.keys, node.value.values, strict=True)
            }
    raise ValueError("tests/test_imports.py has no MAY_IMPORT")


def _names(node):
    """The elements of a set that is written down, ``set()`` among them (set of str)."""
    return set() if isinstance(node, ast.Call) else ast.literal_eval(node)


def direct(imports):
    """The imports that do not follow from others (dict of str to set of str)."""
    return {
        package: {one for one in below if not any(one in imports[other] for other in below)}
        for package, below in imports.items()
    }


def floors(imports):
    """The packages by how many stand below them at most (list of list of str), the lowest first."""
    height = {}

    def of(package):
        if package not in height:
            height[package] = 1 + max(map(of, imports[package]), default=-1)
        return height[package]

    rows = [[] for _ in range(1 + max(map(of, imports)))]
    for package in imports:
        rows[height[package]].append(package)
    return rows


def picture():
    """The picture, SVG (str)."""
    imports = rule()
    rows = floors(imports)
    wide = max(map(len, rows)) * (_WIDTH + _BETWEEN) - _BETWEEN + 2 * _MARGIN
    tall = (len(rows) - 1) * _FLOOR + _HEIGHT + 2 * _MARGIN
    place = {}  # package -> middle of its upper edge
    for floor, row in enumerate(rows):
        left = (wide - (len(row) * (_WIDTH + _BETWEEN) - _BETWEEN)) // 2
        for number, package in enumerate(row):
            place[package] = (
                left + number * (_WIDTH + _BETWEEN) + _WIDTH // 2,
                tall - _MARGIN - _HEIGHT - floor * _FLOOR,
            )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" role="img">',
        "<title>Which package may import which</title>",
        f'<style>{_STYLE}</style><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z"/></marker>',
    ]
    for package, below in direct(imports).items():
        x, y = place[package]
        lines += [
            f'<line x1="{x}" y1="{y + _HEIGHT}" x2="{place[one][0]}" y2="{place[one][1] - 1}"/>'
            for one in sorted(below)
        ]
    for package, (x, y) in place.items():
        lines.append(f'<rect x="{x - _WIDTH // 2}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>')
        lines.append(f'<text x="{x}" y="{y + 26}">{package}</text>')
    return "\n".join([*lines, "</svg>", ""])
