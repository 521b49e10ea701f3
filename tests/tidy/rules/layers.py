"""Who may include whom. The table is the link lists of CMakeLists.txt: one place says both."""

import re

from tree import Rule, blank_non_code

FOLDER = re.compile(r"ringlet_folder\(([^\s)]+)([^)]*)\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Headers of linked libraries: the target that a folder must link to include them.
LINKED = {"sqlite3.h": "thirdparty::sqlite", "lz4": "thirdparty::lz4", "liburing": "thirdparty::uring",
          "mbedtls/": "thirdparty::mbedtls", "psa/": "thirdparty::mbedtls"}

# Header-only libraries: the folders whose work they are. cli/ and tests/ assemble and may include all of them.
HEADER_ONLY = {"xxhash.h": ("core/base",), "cereal/": ("core/local", "core/meta"),
               "nlohmann/": ("net/http", "core/query", "core/data"), "CLI/": (), "toml++/": (), "spdlog/": (), "fmt/": (),
               "doctest/": ()}

ASSEMBLERS = ("cli/", "tests/")


def folder_table(tree):
    table = {}
    for folder, rest in FOLDER.findall(tree.texts.get("CMakeLists.txt") or ""):
        table[folder] = set(rest.split("LINKS", 1)[1].split()) if "LINKS" in rest else set()
    return table


def folder_of(path, table):
    return next((f for f in table if path.startswith(f + "/")), None)


def includes(tree, path):
    """(line, is_ours, name) of each #include."""
    text = blank_non_code(tree.texts[path])
    for match in INCLUDE.finditer(text):
        yield text[: match.start(1)].count("\n") + 1, match.group(1) == '"', match.group(2)


def check_directions(tree):
    table, found = folder_table(tree), []
    for path in tree.cpp(under="core/") + tree.cpp(under="net/"):
        own = folder_of(path, table)
        if own is None:
            found.append(f"{path}:1: lies in no folder that CMakeLists.txt names")
            continue
        for line, ours, name in includes(tree, path):
            target = folder_of(name, table)
            if ours and target is None:
                found.append(f"{path}:{line}: includes {name}, which is in no library of core/ or net/")
            elif ours and target != own and target not in table[own]:
                found.append(f"{path}:{line}: {own} may not include {target} (CMakeLists.txt does not link it)")
    return found


def check_acyclic(tree):
    table, done, found = folder_table(tree), set(), []

    def visit(folder, trail):
        if folder in trail:
            found.append("CMakeLists.txt:1: folders link in a circle: " + " -> ".join([*trail, folder]))
        elif folder not in done:
            for below in sorted(table.get(folder, ())):
                visit(below, [*trail, folder])
            done.add(folder)

    for folder in table:
        visit(folder, [])
    return found


def check_libraries(tree):
    table, found = folder_table(tree), []
    for path in tree.cpp(under="core/") + tree.cpp(under="net/"):
        own = folder_of(path, table)
        for line, ours, name in includes(tree, path):
            linked = next((t for prefix, t in LINKED.items() if name.startswith(prefix)), None)
            homes = next((h for prefix, h in HEADER_ONLY.items() if name.startswith(prefix)), None)
            if linked and linked not in table.get(own, ()):
                found.append(f"{path}:{line}: {own} does not link {linked}, so it may not include <{name}>")
            if homes is not None and not path.startswith(homes or ("nowhere",)):
                found.append(f"{path}:{line}: <{name}> belongs to {', '.join(homes) or 'cli and tests'}")
    return found


def check_heavy_headers(tree):
    heavy = (*LINKED, *HEADER_ONLY)
    return [f"{path}:{line}: <{name}> is heavy: include it in a .cc file only"
            for path in tree.paths(".h") if not path.startswith("tests/")
            for line, _, name in includes(tree, path)
            if name.startswith(heavy) and name != "nlohmann/json_fwd.hpp"]  # which only declares


def check_tests_not_included(tree):
    return [f"{path}:{line}: nothing includes tests/"
            for path in tree.cpp() if not path.startswith("tests/")
            for line, _, name in includes(tree, path) if name.startswith("tests/")]


RULES = [
    Rule("a folder includes only folders that CMakeLists.txt links it to", check_directions,
         [{"core/base/planted.h": '// x\n#include "core/storage/sstable.h"\n'},
          {"core/storage/planted.cc": '#include "cli/version.h"\n'},
          {"core/nowhere/planted.cc": "int x;\n"}],
         {"core/storage/planted.cc": '#include "core/base/bytes.h"\n#include <vector>\n'}),
    Rule("folders link in one direction", check_acyclic,
         [{"CMakeLists.txt": "ringlet_folder(core/base LINKS core/env)\nringlet_folder(core/env LINKS core/base)\n"}]),
    Rule("a library is included only where it belongs", check_libraries,
         [{"core/cql/planted.cc": "#include <sqlite3.h>\n"}, {"core/env/planted.cc": "#include <spdlog/spdlog.h>\n"},
          {"net/cql/planted.cc": "#include <doctest/doctest.h>\n"}],
         {"net/cql/planted.cc": "#include <lz4.h>\n"}),
    Rule("heavy headers stay in .cc files", check_heavy_headers,
         [{"net/cql/planted.h": "// x\n#include <lz4.h>\n"}, {"core/local/planted.h": "// x\n#include <sqlite3.h>\n"}]),
    Rule("nothing includes tests", check_tests_not_included,
         [{"cli/planted.cc": '#include "tests/sim/sim_disk.h"\n'}]),
]
