"""What core/ may reach only through core/env, and what nobody does: clocks, dice, files, threads, unordered output."""

import re

from tree import Rule, blank_non_code, find

# core/os implements the seams; everything else in core/ runs inside the simulator unchanged.
OS = "core/os/"

HEADERS = (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|"
           r"chrono|random|ctime|time\.h|filesystem|fstream|iostream|unistd\.h|fcntl\.h|pthread\.h|dirent\.h|signal\.h|"
           r"csignal|poll\.h|netdb\.h|ifaddrs\.h|dlfcn\.h|sys/[\w/]+\.h|netinet/[\w/]+\.h|arpa/[\w/]+\.h)>")

CALLS = (r"\bstd::chrono::\w+::now\b|\b(system|steady|high_resolution)_clock\b|\brandom_device\b|\bstd::(jthread|thread|async)\b|"
         r"\bthis_thread\b|\bpthread_\w+|\b(secure_)?getenv\s*\(|\bsetenv\s*\(|\b(s?rand|arc4random|getrandom|getentropy)\s*\(|"
         r"\b(clock_gettime|gettimeofday|nanosleep|usleep)\s*\(|\bstd::time\s*\(|(?<![\w.>:])(time|sleep)\s*\(\s*(nullptr|NULL|0|\d+)\s*\)|"
         r"\bf(open|dopen|read|write|sync|datasync|close)\s*\(|(?<![\w>])::(open|openat|close|read|write|pread|pwrite|preadv2?|"
         r"pwritev2?|fsync|fdatasync|rename|unlink|mkdir|stat|mmap|munmap|madvise|ioctl|socket|connect|send|recv|poll)\s*\(")


def core_but_os(tree):
    return [p for p in tree.cpp(under="core/") if not p.startswith(OS)]


def check_headers(tree):
    return find(tree, core_but_os(tree), HEADERS, "core/ reaches the world only through core/env")


def check_calls(tree):
    return find(tree, core_but_os(tree), CALLS, "core/ reaches the world only through core/env")


def check_pointer_keys(tree):
    return find(tree, tree.cpp(under="core/"), r"\bstd::(multi)?(map|set)<\s*[\w:<> ]*\*\s*[,>]",
                "ordered by address, which differs from run to run")


UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)<[^;{}()]*>[&\s]+(\w+)\s*[;={(]")
REASON = "order does not matter"


def check_unordered_iteration(tree):
    """A loop over an unordered container says in a comment on its line, or on the one above, why that is all right."""
    found = []
    for path in core_but_os(tree):
        stem = path.rsplit(".", 1)[0]
        both = "\n".join(blank_non_code(tree.texts[p]) for p in (stem + ".h", stem + ".cc") if tree.texts.get(p))
        names = set(UNORDERED.findall(both))
        if not names:
            continue
        loop = re.compile(r"\bfor\s*\([^;]*:\s*(?:\w+(?:\.|->))*(" + "|".join(map(re.escape, names)) + r")\s*\)")
        raw = tree.texts[path].splitlines()
        for number, line in enumerate(blank_non_code(tree.texts[path]).splitlines(), 1):
            if loop.search(line) and REASON not in "".join(raw[max(0, number - 2):number]):
                found.append(f"{path}:{number}: loops over an unordered container without saying why '{REASON}'")
    return found


def check_assert(tree):
    return find(tree, tree.cpp(), r"(?<![\w.])assert\s*\(|#\s*include\s*<(cassert|assert\.h)>", "use MUST, which stays on")


def check_throw(tree):
    return find(tree, tree.cpp(under="core/"), r"\bthrow\b", "core/ returns Result, it does not throw")


def check_sleeping_tests(tree):
    return find(tree, [p for p in tree.cpp(under="tests/") if not p.startswith("tests/bench/")],
                r"\bsleep_(for|until)\s*\((?=.*chrono)|\b(u|nano)?sleep\s*\(\s*\d|\bthis_thread::sleep", "tests never sleep")


RULES = [
    Rule("core includes no header of the world outside core/os", check_headers,
         [{"core/storage/planted.cc": "#include <thread>\n"}, {"core/base/planted.h": "// x\n#include <sys/stat.h>\n"}],
         {"core/os/planted.cc": "#include <unistd.h>\n"}),
    Rule("core reads no clock, dice, file or environment except through core/env", check_calls,
         [{"core/storage/planted.cc": line + "\n"} for line in (
             "auto t = std::chrono::steady_clock::now();", "std::random_device dice;", "std::thread t(f);",
             'auto p = getenv("HOME");', "int fd = ::open(path, 0);", "auto t = time(nullptr);", "rand();", "::fsync(fd);")],
         {"core/storage/planted.cc": 'co_await disk.rename(a, b); // ::open(\nauto s = "getenv(";\nx->time(0);\n'
                                     "Task<Status> Disk::open(Path);\n"}),
    Rule("core orders nothing by address", check_pointer_keys,
         [{"core/query/planted.cc": "std::map<const Table*, int> x;\n"}, {"core/query/planted.cc": "std::set<Node*> x;\n"}],
         {"core/query/planted.cc": "std::map<int, Table*> x;\n"}),
    Rule("core loops over unordered containers only where it says that order does not matter", check_unordered_iteration,
         [{"core/shard/planted.cc": "std::unordered_map<int, int> seen;\nfor (auto& s : seen) out(s);\n"},
          {"core/shard/planted.h": "// x\nstd::unordered_set<int> seen_;\n", "core/shard/planted.cc": "for (int s : seen_) f(s);\n"}],
         {"core/shard/planted.cc": "std::unordered_map<int, int> seen;\n// order does not matter: a sum\nfor (auto& s : seen) n += s.second;\n"}),
    Rule("nobody uses assert", check_assert, [{"net/cql/planted.cc": "assert(x);\n"}], {"net/cql/planted.cc": "static_assert(x);\n"}),
    Rule("core throws nothing", check_throw, [{"core/data/planted.cc": "throw 1;\n"}], {"core/data/planted.cc": "// throw\n"}),
    Rule("tests never sleep", check_sleeping_tests,
         [{"tests/unit/planted_test.cc": "std::this_thread::sleep_for(std::chrono::seconds(1));\n"}],
         {"tests/unit/planted_test.cc": "co_await clock.sleep_until(then);\n"}),
]
