#!/usr/bin/env python3
"""Holds the direction of the project's includes.

The two tables below are the architecture (docs/architecture.md); changing one needs an ADR. The test reads
every `#include` of src/ and names each edge that a table does not allow.

usage: layers_test.py SOURCE_TREE
"""
import pathlib
import re
import sys
import tempfile
import textwrap
import unittest

SOURCES = pathlib.Path("src")

# Module -> what it may include besides itself and base. An entry with a slash is a single header.
MAY_INCLUDE = {
    "base": set(),
    "json": set(),
    "tls": set(),
    "http": {"tls"},
    "event": {"json"},
    "log": set(),
    "view": {"log"},
    "queue": {"json", "event", "log", "view"},
    "auth": {"json", "tls", "http/message.h"},
    "grid": {"json", "event", "log", "view", "queue", "auth"},
    "delivery": {"json", "tls", "http", "auth", "event", "log", "view", "queue", "grid"},
    "carrier": {"tls"},
    "communication": {"json", "event", "log", "view", "queue", "auth", "carrier", "grid/publisher.h",
                      "grid/registry.h"},
    "management": {"json", "http", "auth", "event", "queue", "grid", "delivery/handshake.h",
                   "communication"},
    "app": {"json", "tls", "http", "event", "log", "view", "queue", "auth", "grid", "delivery",
            "carrier", "communication", "management"},
    "cli": {"json", "tls", "http", "auth", "app"},
}

# Files named *_api are where HTTP ends: they may include http too.
# api_errors and identity/access make the answers of all areas of communication.
API_MAY_INCLUDE = {"grid": {"http"}, "communication": {"http"}}
API_STEMS = {"api_errors", "access"}

# Within communication an area includes no other, with these exceptions.
AREAS = {"identity", "sms", "phone_numbers", "chat"}
AREA_MAY_INCLUDE = {"identity": set(), "phone_numbers": {"identity"}, "chat": {"identity"},
                    "sms": {"identity", "phone_numbers"}}

# Third-party header -> the modules (or folders) that may include it; everybody else uses theirs.
# Asio's executors and coroutines are everybody's through base; its sockets are http's.
HIDDEN = {
    r"asio/(ip/(?!address)|local/|ssl|read|write|connect|buffer)": {"base", "http"},
    r"openssl/": {"tls"},
    r"rocksdb/": {"view/rocks"},
    r"simdjson\.h": {"json"},
    r"nlohmann/": {"json"},
    r"llhttp\.h": {"http"},
    r"wslay/": {"http"},
    r"spdlog/": {"base"},
    r"xxhash\.h": {"log", "queue"},
    r"yaml-cpp/": {"app"},
    r"prometheus/": {"app"},
    r"CLI/": {"cli"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def module_of(path):
    return path.split("/")[0]


def area_of(path):
    """identity for communication/identity/access.h; None outside of the areas."""
    parts = path.split("/")
    return parts[1] if parts[0] == "communication" and len(parts) > 2 and parts[1] in AREAS else None


def allowed_own(file, header):
    """Whether src/`file` may include our own `header`."""
    here, there = module_of(file), module_of(header)
    from_area, to_area = area_of(file), area_of(header)
    if here == there == "communication" and to_area not in (None, from_area):
        return from_area is not None and to_area in AREA_MAY_INCLUDE[from_area]
    if there in (here, "base"):
        return True
    allowed = set(MAY_INCLUDE.get(here, set()))
    stem = pathlib.PurePath(file).stem
    if stem.endswith("_api") or stem in API_STEMS:
        allowed |= API_MAY_INCLUDE.get(here, set())
    return there in allowed or header in allowed


def allowed_third_party(file, header):
    for pattern, homes in HIDDEN.items():
        if re.match(pattern, header):
            return any(file.startswith(home + "/") for home in homes)
    return True


def violations(tree):
    found = []
    root = tree / SOURCES
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".h", ".cc")):
        file = path.relative_to(root).as_posix()
        if module_of(file) not in MAY_INCLUDE:
            found.append(f"src/{file}: its folder is not in the table of modules")
            continue
        for own, third_party in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if own and ("../" in own or not (root / own).is_file()):
                found.append(f'src/{file} includes "{own}", which is no path below src/')
            elif own and not allowed_own(file, own):
                found.append(f'src/{file} -> "{own}": {module_of(file)} may not include {module_of(own)}')
            elif third_party and not allowed_third_party(file, third_party):
                found.append(f"src/{file} -> <{third_party}>: hidden by another module")
    return found


class TheTableIsHeld(unittest.TestCase):
    maxDiff = None
    tree = pathlib.Path(".")

    def test_every_include_follows_the_table(self):
        self.assertEqual([], violations(self.tree))

    def test_every_module_of_the_tree_is_in_the_table_and_the_other_way_round(self):
        folders = {p.name for p in (self.tree / SOURCES).iterdir() if p.is_dir()}
        self.assertEqual(set(MAY_INCLUDE), folders)

    def test_the_table_has_no_cycle(self):
        order = list(MAY_INCLUDE)
        for module, allowed in MAY_INCLUDE.items():
            for name in allowed:
                self.assertLess(order.index(module_of(name)), order.index(module), f"{module} -> {name}")


class TheTestItselfNoticesViolations(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / "src" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(text))
            return violations(pathlib.Path(folder))

    def test_an_upward_include_is_named(self):
        found = self.check({"grid/a.cc": '#include "delivery/b.h"\n', "delivery/b.h": ""})
        self.assertEqual(['src/grid/a.cc -> "delivery/b.h": grid may not include delivery'], found)

    def test_one_header_may_be_allowed_without_its_module(self):
        files = {"auth/a.cc": '#include "http/message.h"\n#include "http/server.h"\n',
                 "http/message.h": "", "http/server.h": ""}
        self.assertEqual(['src/auth/a.cc -> "http/server.h": auth may not include http'], self.check(files))

    def test_only_api_files_of_grid_know_http(self):
        files = {"grid/publish_api.cc": '#include "http/router.h"\n',
                 "grid/matcher.cc": '#include "http/router.h"\n', "http/router.h": ""}
        self.assertEqual(['src/grid/matcher.cc -> "http/router.h": grid may not include http'],
                         self.check(files))

    def test_an_area_of_communication_includes_no_other_but_identity(self):
        files = {"communication/chat/a.cc": '#include "communication/sms/b.h"\n'
                                            '#include "communication/identity/c.h"\n'
                                            '#include "communication/d.h"\n',
                 "communication/sms/b.h": "", "communication/identity/c.h": "", "communication/d.h": ""}
        self.assertEqual(['src/communication/chat/a.cc -> "communication/sms/b.h": '
                          'communication may not include communication'], self.check(files))

    def test_a_library_stays_in_the_module_that_hides_it(self):
        found = self.check({"grid/a.cc": "#include <openssl/evp.h>\n", "tls/b.cc": "#include <openssl/evp.h>\n"})
        self.assertEqual(["src/grid/a.cc -> <openssl/evp.h>: hidden by another module"], found)

    def test_relative_and_unknown_paths_are_refused(self):
        found = self.check({"grid/a.cc": '#include "../base/b.h"\n', "base/b.h": ""})
        self.assertEqual(['src/grid/a.cc includes "../base/b.h", which is no path below src/'], found)

    def test_an_unknown_folder_is_refused(self):
        self.assertEqual(["src/utils/a.cc: its folder is not in the table of modules"],
                         self.check({"utils/a.cc": ""}))


if __name__ == "__main__":
    TheTableIsHeld.tree = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
