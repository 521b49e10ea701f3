"""Values of every native type: ordinary, empty and at both ends of what the type and the driver can hold."""

import datetime
import uuid
from decimal import Decimal

from cassandra.util import Date, Duration, Time

INT32_MAX, INT64_MAX = 2**31 - 1, 2**63 - 1


def at(*parts):
    return datetime.datetime(*parts)


NATIVE = {
    "ascii": ["", "a", "".join(map(chr, range(128)))],
    "bigint": [0, -1, INT64_MAX, -INT64_MAX - 1],
    "blob": [b"", b"\0", bytes(range(256)), b"x" * 1_000_000],
    "boolean": [True, False],
    "date": [Date(0), Date(INT32_MAX), Date(-INT32_MAX - 1), Date("2024-02-29")],
    "decimal": [Decimal("0"), Decimal("1.50"), Decimal("-123.4560"), Decimal("1E+40"), Decimal("-7E-400"), Decimal(10**60)],
    "double": [0.0, -0.5, 1.7976931348623157e308, 5e-324, float("inf"), float("-inf")],
    "duration": [Duration(0, 0, 0), Duration(1, 2, 3), Duration(-1, -2, -3), Duration(INT32_MAX, INT32_MAX, INT64_MAX)],
    "float": [0.0, 1.5, -2.0**-149, 3.4028234663852886e38, float("inf")],
    "inet": ["0.0.0.0", "255.255.255.255", "::1", "2001:db8::ff"],
    "int": [0, -1, INT32_MAX, -INT32_MAX - 1],
    "smallint": [0, 2**15 - 1, -(2**15)],
    "text": ["", "it's", "\u00e9\u4e16\U0001f680\0", "x" * 70_000],
    "time": [Time(0), Time(86_399_999_999_999), Time("12:34:56.789012345")],
    "timestamp": [at(1970, 1, 1), at(1, 1, 1), at(9999, 12, 31, 23, 59, 59), at(2024, 2, 29, 12, 0, 0, 1000)],
    "timeuuid": [uuid.UUID("00000000-0000-1000-8080-808080808080"), uuid.UUID("ffffffff-ffff-1fff-bfff-ffffffffffff")],
    "tinyint": [0, 127, -128],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID("a4f1c6d2-0000-4000-8000-000000000001")],
    "varchar": ["", "varchar is text"],
    "varint": [0, -1, 127, 128, -128, -129, 2**200, -(2**200)],
}

# Written as literals by the driver in simple statements; what it writes wrongly itself is left out.
LITERAL = {name: [v for v in values if not (isinstance(v, str) and ("\0" in v or len(v) > 1000)) and v not in (at(1, 1, 1), Decimal("-7E-400"))]
           for name, values in NATIVE.items() if name not in ("duration", "blob")}
LITERAL["blob"] = NATIVE["blob"][:3]

COLLECTIONS = {
    "list<int>": [[1, 2, 2, INT32_MAX]],
    "list<text>": [["", "a"]],
    "set<text>": [{"b", "a", ""}],
    "map<text, int>": [{"a": 1, "": -1}],
    "map<int, timestamp>": [{1: at(1970, 1, 1), -1: at(2024, 1, 1)}],
    "frozen<list<int>>": [[], [3, 1, 2]],
    "frozen<set<int>>": [set(), {3, 1, 2}],
    "frozen<map<int, text>>": [{}, {2: "b", 1: "a"}],
    "list<frozen<list<int>>>": [[[1], [], [2, 3]]],
    "map<text, frozen<map<text, frozen<set<int>>>>>": [{"a": {"b": {1, 2}, "c": set()}}],
    "tuple<int, text, double>": [(1, "a", 1.5), (None, None, None), (INT32_MAX, "", None)],
    "tuple<frozen<list<int>>, frozen<tuple<int, int>>>": [([1, 2], (3, None)), (None, (1, 2))],
    "vector<float, 3>": [[0.0, 1.5, -2.25]],
}
