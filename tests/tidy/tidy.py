#!/usr/bin/env python3
"""The house rules as tests: each rule first finds what is planted for it, and then nothing in the repository.

tidy.py [WORD]: only the rules whose name contains WORD. Ends with "N passed, N failed".
"""

import sys

from rules import files, layers, layout, names, seams
from tree import Tree

RULES = [*layout.RULES, *layers.RULES, *seams.RULES, *names.RULES, *files.RULES]


def self_test(rule, folders):
    """What the rule missed of its plants, or found where it should not have. `folders` is the planted tree's only real file."""
    wrong = [f"did not find what was planted: {plants}" for plants in rule.plants if not rule.check(folders.with_planted(plants))]
    innocent = rule.check(folders.with_planted(rule.innocent)) if rule.innocent else []
    return wrong + [f"found what is allowed: {finding}" for finding in innocent]


def outcome(name, findings):
    if findings:
        print("\n         ".join([f"FAILED {name}", *findings]))
    return not findings


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    tree = Tree.of_repository()
    folders = Tree({"CMakeLists.txt": tree.texts["CMakeLists.txt"]})
    results = []
    for rule in RULES:
        if word not in rule.name:
            continue
        results.append(outcome(rule.name, rule.check(tree)))
        results.append(outcome(f"the rule finds what is planted: {rule.name}", self_test(rule, folders)))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
