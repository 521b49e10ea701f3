// How far the literal that starts at a place reaches: the lexer's look at numbers, durations and uuids, which in CQL may
// begin with the same characters (12345678-..., 1d, 1.5, 1..2, P1Y, abcdef12-...). All return the end, or nullptr.
#pragma once

#include <cstddef>

namespace ringlet::cql {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_word_character(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

const char* scan_uuid(const char* at, const char* end);
const char* scan_blob(const char* at, const char* end);
const char* scan_duration(const char* at, const char* end);      // 1h30m
const char* scan_iso_duration(const char* at, const char* end);  // P1Y2M3DT4H5M6S, P2W, P0001-02-03T04:05:06
// An integer, or with `floating` set a number with a point or an exponent. At least one digit stands at `at`.
const char* scan_number(const char* at, const char* end, bool& floating);

}  // namespace ringlet::cql
