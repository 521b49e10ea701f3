"""The repository as the rules see it: paths and texts, real or planted, and C++ without comments and strings."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Tree:
    texts: dict = field(default_factory=dict)  # path -> text; a file that is not text has None

    @staticmethod
    def of_repository():
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        paths = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        return Tree({path: read_text(ROOT / path) for path in sorted(set(paths)) if path and (ROOT / path).is_file()})

    def with_planted(self, plants):
        return Tree({**self.texts, **plants})

    def paths(self, *suffixes, under=""):
        return [p for p in self.texts if p.startswith(under) and (not suffixes or p.endswith(suffixes))]

    def cpp(self, under=""):
        return [p for p in self.paths(".h", ".cc", under=under) if self.texts[p] is not None]

    def text_files(self):
        return [p for p, text in self.texts.items() if text is not None]


@dataclass
class Rule:
    name: str                                # a sentence that holds of the repository
    check: Callable[[Tree], list]            # -> findings, each "path:line: what"
    plants: list                             # each a {path: text} that must be found
    innocent: dict = field(default_factory=dict)  # {path: text} that must not be found


def read_text(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def blank_non_code(text):
    """The text with comments and literals blanked; line numbers stay. #include lines keep their names."""

    def blank(match):
        if match.group().startswith('"') and re.search(r"#\s*include\s*$", text[: match.start()].rsplit("\n", 1)[-1]):
            return match.group()
        # A digit separator (1'000) is no character literal.
        if match.group().startswith("'") and match.start() and text[match.start() - 1].isalnum():
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return TOKEN.sub(blank, text)


def find(tree, paths, pattern, message, prepare=blank_non_code):
    """Findings for each line of the prepared texts that matches."""
    compiled = re.compile(pattern)
    found = []
    for path in paths:
        for number, line in enumerate(prepare(tree.texts[path]).splitlines(), 1):
            hit = compiled.search(line)
            if hit:
                found.append(f"{path}:{number}: {message}: {hit.group().strip()}")
    return found


def as_is(text):
    return text
