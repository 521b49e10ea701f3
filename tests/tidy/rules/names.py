"""One name, one type: two classes of one name in one namespace are undefined behaviour, and no compiler says so."""

import re

from tree import Rule

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.M)
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: :[^;{]*)? ?\{", re.M)


def check_one_type_a_name(tree):
    """Types at the margin of headers of core/, net/ and cli/, by the namespace that was opened before them."""
    first, found = {}, []
    for path in sorted(tree.paths(".h")):
        if not path.startswith(("core/", "net/", "cli/")):
            continue
        text = tree.texts[path] or ""
        spaces = [(m.start(), m.group(1)) for m in NAMESPACE.finditer(text)]
        for match in TYPE.finditer(text):
            space = next((name for at, name in reversed(spaces) if at < match.start()), "")
            name = f"{space}::{match.group(1)}"
            if first.setdefault(name, path) != path:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: {name} is another type in {first[name]}")
    return found


HEADER = "// x\n#pragma once\nnamespace ringlet {\nstruct Planted final : Base {\n};\n}\n"

RULES = [
    Rule("a name in a namespace is one type", check_one_type_a_name,
         [{"core/base/planted.h": HEADER, "core/query/planted.h": HEADER}],
         {"core/base/planted.h": HEADER, "core/cql/planted.h": HEADER.replace("ringlet", "ringlet::cql")}),
]
