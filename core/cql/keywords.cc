#include "core/cql/keywords.h"

#include <algorithm>
#include <array>

namespace ringlet::cql {
namespace {

struct Entry {
  std::string_view word;  // upper case
  Keyword keyword;
};

constexpr auto sorted_entries() {
  auto entries = std::to_array<Entry>({
#define RINGLET_CQL_ENTRY(word) {#word, K_##word},
      RINGLET_CQL_RESERVED(RINGLET_CQL_ENTRY) RINGLET_CQL_UNRESERVED(RINGLET_CQL_ENTRY)
#undef RINGLET_CQL_ENTRY
  });
  std::ranges::sort(entries, {}, &Entry::word);
  return entries;
}
constexpr auto kEntries = sorted_entries();

constexpr size_t longest_word() {
  size_t longest = 0;
  for (const Entry& entry : kEntries) longest = std::max(longest, entry.word.size());
  return longest;
}
constexpr size_t kLongestWord = longest_word();

// kFirst[c - 'A'] .. kFirst[c - 'A' + 1]: the entries that begin with c.
constexpr auto first_of_letters() {
  std::array<uint8_t, 27> first{};
  for (size_t letter = 0; letter <= 26; ++letter) {
    size_t at = 0;
    while (at < kEntries.size() && kEntries[at].word[0] < static_cast<char>('A' + letter)) ++at;
    first[letter] = static_cast<uint8_t>(at);
  }
  return first;
}
static_assert(kEntries.size() < 256);
constexpr auto kFirst = first_of_letters();

constexpr std::array<std::string_view, kEntries.size() + 2> names() {
  std::array<std::string_view, kEntries.size() + 2> result{};
#define RINGLET_CQL_NAME(word) result[K_##word] = "K_" #word;
  RINGLET_CQL_RESERVED(RINGLET_CQL_NAME)
  RINGLET_CQL_UNRESERVED(RINGLET_CQL_NAME)
#undef RINGLET_CQL_NAME
  return result;
}
constexpr auto kNames = names();

constexpr auto kNativeTypes = std::to_array<std::string_view>(
    {"ascii", "bigint",   "blob", "boolean", "counter",   "date",     "decimal", "double", "duration", "float", "inet",
     "int",   "smallint", "text", "time",    "timestamp", "timeuuid", "tinyint", "uuid",   "varchar",  "varint"});

}  // namespace

Keyword keyword_of(std::string_view word) {
  if (word.empty() || word.size() > kLongestWord) return K_NONE;
  char upper[kLongestWord];
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    upper[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (upper[0] < 'A' || upper[0] > 'Z') return K_NONE;
  const std::string_view key{upper, word.size()};
  const size_t end = kFirst[static_cast<size_t>(upper[0] - 'A' + 1)];
  for (size_t i = kFirst[static_cast<size_t>(upper[0] - 'A')]; i < end; ++i)
    if (kEntries[i].word == key) return kEntries[i].keyword;
  return K_NONE;
}

std::string_view name_of(Keyword keyword) { return kNames[keyword]; }

bool is_native_type_name(std::string_view folded) {
  return std::ranges::find(kNativeTypes, folded) != kNativeTypes.end();
}

}  // namespace ringlet::cql
