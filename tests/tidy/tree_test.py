#!/usr/bin/env python3
"""What must not be in the tree: open ends, machine paths, commented-out code, unexplained folders.

usage: tree_test.py SOURCE_TREE
"""
import pathlib
import re
import subprocess
import sys
import unittest

TEXT = {".cc", ".h", ".md", ".py", ".mjs", ".sh", ".txt", ".cmake", ".yaml", ".json", ""}
NOT_OURS = ("tests/data/", "tests/fuzz/corpus/", "tests/e2e/package-lock.json", "LICENSE")

# Spelled with a class so that this file does not match itself.
FORBIDDEN = {
    "an open end": re.compile(r"\b[T]ODO\b|\b[F]IXME\b|\b[X]XX\b"),
    "a path of somebody's machine": re.compile(r"/(?:[h]ome|[w]ork|[r]oot|[U]sers)/[A-Za-z0-9.]"),
}
COMMENTED_OUT = re.compile(r"^\s*//\s*[^/ ].*;\s*$")


def files(tree):
    listed = subprocess.run(["git", "-C", tree, "ls-files", "-co", "--exclude-standard"],
                            capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() if listed.returncode == 0 else [
        p.relative_to(tree).as_posix() for p in tree.rglob("*") if p.is_file()]
    for name in names:
        path = tree / name
        if path.suffix in TEXT and path.is_file() and not name.startswith(NOT_OURS):
            yield name, path.read_text(encoding="utf-8", errors="replace")


class TheTree(unittest.TestCase):
    maxDiff = None
    tree = pathlib.Path(".")

    def test_holds_no_open_ends_and_no_machine_paths(self):
        found = [f"{name}:{number}: {what}"
                 for name, text in files(self.tree)
                 for number, line in enumerate(text.splitlines(), 1)
                 for what, pattern in FORBIDDEN.items() if pattern.search(line)]
        self.assertEqual([], found)

    def test_has_no_commented_out_statements(self):
        found = [f"{name}:{number}"
                 for name, text in files(self.tree) if name.endswith((".cc", ".h"))
                 for number, line in enumerate(text.splitlines(), 1)
                 if COMMENTED_OUT.match(line) and re.search(r"[=(]", line)]
        self.assertEqual([], found)

    def test_explains_every_module_in_a_readme(self):
        modules = [p for p in (self.tree / "src").iterdir() if p.is_dir()]
        self.assertEqual([], [p.name for p in modules if not (p / "README.md").is_file()])

    def test_has_links_in_its_documents_that_lead_somewhere(self):
        found = []
        for name, text in files(self.tree):
            if not name.endswith(".md"):
                continue
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
                if "://" not in target and not (self.tree / name).parent.joinpath(target).exists():
                    found.append(f"{name}: {target}")
        self.assertEqual([], found)


if __name__ == "__main__":
    TheTree.tree = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
