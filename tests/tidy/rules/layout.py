"""Where things lie: the top level, the folders of core/, net/ and tests/, a README in each, and a map that is true."""

import re

from rules.layers import folder_table
from tree import Rule

TOP = {".ci", ".clang-format", ".gitignore", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cli", "core",
       "firmware", "net", "tests", "toolchains", "web"}
TESTS = {"bench", "compat", "cql", "crash", "fuzz", "golden", "groups", "prop", "raft", "sim", "tidy", "unit"}
WITHOUT_README = {".ci", "tests/groups"}  # one script; one file for each line of tests/groups.txt


def folders_of(tree, depth):
    return {"/".join(p.split("/")[:depth]) for p in tree.texts if p.count("/") >= depth}


def check_top_level(tree):
    return [f"{name}:1: not part of the agreed top level" for name in sorted({p.split("/")[0] for p in tree.texts} - TOP)]


def check_second_level(tree):
    allowed = set(folder_table(tree)) | {f"tests/{name}" for name in TESTS}
    return [f"{folder}:1: not a folder of the agreed layout" for folder in sorted(folders_of(tree, 2))
            if folder.startswith(("core/", "net/", "tests/")) and folder not in allowed]


def check_readmes(tree):
    deep = {f for f in folders_of(tree, 2) if f.startswith(("core/", "net/", "tests/"))}
    return [f"{folder}:1: has no README.md" for folder in sorted((folders_of(tree, 1) | deep) - WITHOUT_README)
            if f"{folder}/README.md" not in tree.texts]


PATH = re.compile(r"(?<![\w./-])((?:\.ci|cli|core|firmware|net|tests|toolchains|web)/[\w./-]*)")


def check_map(tree):
    """Every path that README.md names exists; every top folder is on the map."""
    text, found = tree.texts.get("README.md") or "", []
    for number, line in enumerate(text.splitlines(), 1):
        for path in PATH.findall(line):
            path = path.rstrip("./")
            if path not in tree.texts and not any(p.startswith(path + "/") for p in tree.texts):
                found.append(f"README.md:{number}: names {path}, which does not exist")
    for folder in sorted(folders_of(tree, 1)):
        if f"\n{folder}/ " not in text and not folder.startswith("."):
            found.append(f"README.md:1: the map leaves out {folder}/")
    return found


def check_groups(tree):
    """The table of test groups and the scripts of tests/groups name each other."""
    table = {line.split()[0] for line in (tree.texts.get("tests/groups.txt") or "").splitlines() if line and line[0] != "#"}
    scripts = {p.split("/")[-1][:-3] for p in tree.paths(".sh", under="tests/groups/")}
    return [f"tests/groups.txt:1: {name} is in the table or in tests/groups/, not in both" for name in sorted(table ^ scripts)]


RULES = [
    Rule("the top level is as agreed", check_top_level, [{"utils/planted.cc": "\n"}, {"planted.md": "\n"}]),
    Rule("the folders of core, net and tests are as agreed", check_second_level,
         [{"core/utils/planted.cc": "\n"}, {"tests/misc/planted.cc": "\n"}]),
    Rule("every folder has a README.md", check_readmes, [{"core/cluster2/planted.cc": "\n"}, {"firmware2/planted.cc": "\n"}]),
    Rule("the README names only what exists, and every top folder", check_map,
         [{"README.md": "see core/base/nowhere.cc\n"}, {"README.md": "no map\n", "core/planted.cc": "\n"}]),
    Rule("tests/groups.txt and tests/groups agree", check_groups, [{"tests/groups/planted.sh": "\n"}]),
]
