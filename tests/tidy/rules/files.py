"""What every file looks like: a comment first, not too long, no unfinished ends, nothing of the place it was written in."""

import hashlib
import re

from tree import Rule, as_is, find

LINES_MAX = 600
SOURCES = (".h", ".cc", ".py", ".sh", ".js", ".ts", ".css", ".cmake", "CMakeLists.txt")


def first_comment(text):
    lines = []
    for line in text.splitlines():
        if line.startswith(("//", "#", '"""', "/*", " *")) or (lines and lines[0].startswith('"""')):
            lines.append(line)
        else:
            break
    return "\n".join(lines)


def check_header_comment(tree):
    return [f"{p}:1: starts with no comment that says what it is"
            for p in tree.paths(".h") if tree.texts[p] is not None and not tree.texts[p].startswith("// ")]


def check_pragma_once(tree):
    return [f"{p}:1: no #pragma once" for p in tree.paths(".h") if "#pragma once" not in (tree.texts[p] or "")]


def check_length(tree):
    found = []
    for path in tree.paths(*SOURCES):
        text = tree.texts[path] or ""
        lines = text.count("\n")
        if lines > LINES_MAX and "Long because: " not in first_comment(text):
            found.append(f"{path}:1: {lines} lines, more than {LINES_MAX}: split it by idea, or say at its top 'Long because: ...'")
    return found


def except_these_rules(tree):
    return [p for p in tree.text_files() if not p.startswith("tests/tidy/")]


def check_unfinished(tree):
    paths = [p for p in except_these_rules(tree) if p.endswith((*SOURCES, ".md"))]
    return find(tree, paths, r"\b(TODO|FIXME|XXX|HACK)\b", "unfinished", as_is)


# Words that tell of whoever wrote the code instead of what it does, as digests so that this list is not itself a hit.
FORBIDDEN = {
    "31d123108dba5fd3", "3ea125d0bff386e6", "487b91042c7cf27a", "60965168ce762e94", "94a168d2da574b00",
    "c70eca6b0f88f44d", "c857d09db23e6822", "d63516bc98983230", "df5c2e94644dd5c0",
}


def digest(word):
    return hashlib.sha256(word.lower().encode()).hexdigest()[:16]


def check_words(tree):
    found = []
    for path in except_these_rules(tree):
        for number, line in enumerate(tree.texts[path].splitlines(), 1):
            for word in set(re.findall(r"[A-Za-z]+", line)):
                if digest(word) in FORBIDDEN:
                    found.append(f"{path}:{number}: a word of the place it was written in: {word}")
    return found


def check_issue_numbers(tree):
    return find(tree, except_these_rules(tree), r"(?i)\bissues? #?\d+\b", "the repository does not know issue numbers", as_is)


def check_absolute_paths(tree):
    return find(tree, except_these_rules(tree), r"(?<![\w./~$}\-])/(work|home|root|Users|tmp)/\w", "a path of one machine", as_is)


OUR_HOSTS = r"127\.0\.0\.1|localhost|\[::1\]|[\w.-]*\bexample\.(?:com|org|net)|HOST|[$\"'{<]|www\.w3\.org"
URL = rf"https?://(?!{OUR_HOSTS})[\w.-]+"
REGISTRY = r"\b(deb|registry|proxy|sum|index|static|repo\d?|pypi|crates|files)\.([a-z0-9-]+\.)*(org|io|com|net)\b"


def check_hosts(tree):
    paths = [p for p in except_these_rules(tree) if p != "LICENSE" and not p.endswith("lock.json")]
    return find(tree, paths, f"{URL}|{REGISTRY}", "a host of the outside world", as_is)


RULES = [
    Rule("every header starts with a comment", check_header_comment, [{"core/base/planted.h": "#pragma once\n// later\n"}]),
    Rule("every header is included once", check_pragma_once, [{"core/base/planted.h": "// x\nint y;\n"}]),
    Rule(f"files are at most {LINES_MAX} lines long, or say why not", check_length,
         [{"core/base/planted.cc": "int x;\n" * 700}], {"core/base/planted.cc": "// Long because: a table.\n" + "int x;\n" * 700}),
    Rule("nothing is left unfinished", check_unfinished, [{"core/base/planted.cc": "// TODO: finish\n"}]),
    Rule("no word tells of the place the code was written in", check_words, [{"core/base/planted.cc": "// for the plantedword\n"}],
         {"net/cql/planted.cc": "// one session of one user-agent\n"}),
    Rule("no file knows an issue's number", check_issue_numbers, [{"README.md": "see issue 2\n"}, {"README.md": "Issue #14\n"}]),
    Rule("no file names a path of one machine", check_absolute_paths,
         [{"cli/planted.cc": 'auto p = "/home/me/x";\n'}, {"tests/planted.sh": "cd /work/x\n"}], {"cli/planted.cc": "a/root/x, build/tmp/y\n"}),
    Rule("no file names a host of the outside world", check_hosts,
         [{"toolchains/planted.sh": "curl https://somewhere.test/x\n"}, {"README.md": "from registry.somewhere.org\n"}],
         {"README.md": "http://127.0.0.1:8080/ and http://$host/\n"}),
]
