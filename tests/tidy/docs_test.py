#!/usr/bin/env python3
"""Holds the documents to the tree: tests that docs/parity.md names exist, and links lead somewhere.

usage: docs_test.py SOURCE_TREE
"""
import pathlib
import re
import sys
import tempfile
import unittest

LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_files(tree):
    """What a row may name: unit tests by folder and name, the others by name."""
    tests = tree / "tests"
    names = {p.relative_to(tests / "unit").as_posix().removesuffix("_test.cc")
             for p in (tests / "unit").rglob("*_test.cc")}
    names |= {p.name.removesuffix("_test.cc") for p in (tests / "contract").glob("*_test.cc")}
    names |= {p.name.removesuffix(".test.mjs") for p in (tests / "e2e").glob("*.test.mjs")}
    return names


def named_tests(table):
    """Yields (line number, name) of the last column of every row under a header whose last cell is `test`."""
    inside = False
    for number, line in enumerate(table.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[-1] == "test":
            inside = True
        elif inside and not cells[-1].startswith("---"):
            for name in filter(None, (part.strip() for part in cells[-1].split(","))):
                yield number, name


def unknown_tests(tree):
    known = test_files(tree)
    table = (tree / "docs/parity.md").read_text(encoding="utf-8")
    return [f"docs/parity.md:{number}: no test is called {name}"
            for number, name in named_tests(table) if name not in known]


def dead_links(tree):
    found = []
    pages = [*tree.glob("*.md"), *(tree / "docs").rglob("*.md"), *(tree / "src").rglob("*.md"),
             *(tree / "bench").glob("*.md")]
    for page in sorted(pages):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path = target.split("#")[0]
            if path and "://" not in path and not path.startswith("mailto:") and not (page.parent / path).exists():
                found.append(f"{page.relative_to(tree)} -> {target}")
    return found


class TheDocumentsFollowTheTree(unittest.TestCase):
    maxDiff = None
    tree = pathlib.Path(".")

    def test_every_test_that_the_parity_table_names_exists(self):
        self.assertEqual([], unknown_tests(self.tree))

    def test_every_link_leads_to_a_file(self):
        self.assertEqual([], dead_links(self.tree))


class TheTestItselfNoticesFaults(unittest.TestCase):
    def tree(self, folder, files):
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return pathlib.Path(folder)

    def test_a_name_without_a_file_is_told_with_its_line(self):
        table = "| behaviour | test |\n| --- | --- |\n| a | grid/filter, gone |\n"
        with tempfile.TemporaryDirectory() as folder:
            tree = self.tree(folder, {"docs/parity.md": table, "tests/unit/grid/filter_test.cc": ""})
            self.assertEqual(["docs/parity.md:3: no test is called gone"], unknown_tests(tree))

    def test_a_link_to_nothing_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = self.tree(folder, {"README.md": "[a](docs/a.md) [b](docs/b.md#part) [c](https://example.org)",
                                      "docs/a.md": ""})
            self.assertEqual(["README.md -> docs/b.md#part"], dead_links(tree))


if __name__ == "__main__":
    TheDocumentsFollowTheTree.tree = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(".")
    unittest.main()
