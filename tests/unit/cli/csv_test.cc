#include "cli/client/csv.h"

#include <doctest/doctest.h>

#include "core/env/seeded_rng.h"

namespace ringlet::cli {
namespace {

using Next = CsvReader::Next;
using Fields = std::vector<std::optional<std::string>>;

struct Read {
  std::vector<Fields> records;
  std::vector<uint64_t> lines, bad_lines;
};

Read read_in_pieces(const std::string& text, size_t piece) {
  Read read;
  CsvReader reader;
  size_t at = 0;
  while (true) {
    switch (reader.next()) {
      case Next::end:
        return read;
      case Next::bad:
        read.bad_lines.push_back(reader.record().line);
        break;
      case Next::record:
        read.records.push_back(reader.record().fields);
        read.lines.push_back(reader.record().line);
        CHECK_EQ(reader.record().end, reader.offset());
        break;
      case Next::more_bytes:
        if (at == text.size()) reader.finish();
        reader.feed(BytesView(text).substr(at, piece));
        at = std::min(text.size(), at + piece);
    }
  }
}

TEST_SUITE("csv") {
  TEST_CASE("fields, quotes, nulls and line ends are read alike however the bytes are cut") {
    const std::string text = "a,b\r\n1,\"x, \"\"y\"\"\"\n,\"\"\r\n\n\"two\nlines\",z\nlast,one";
    const std::vector<Fields> expected = {
        {"a", "b"}, {"1", "x, \"y\""}, {std::nullopt, ""}, {"two\nlines", "z"}, {"last", "one"}};
    for (size_t piece = 1; piece < text.size(); ++piece) {
      CAPTURE(piece);
      const Read read = read_in_pieces(text, piece);
      CHECK(read.records == expected);
      CHECK(read.lines == std::vector<uint64_t>{1, 2, 3, 5, 7});
    }
  }
  TEST_CASE("a malformed record is named by its line, and what follows is read") {
    const Read read = read_in_pieces("a,b\nx\"y,1\n\"x\"y,2\nfine,3\n", 3);
    CHECK(read.bad_lines == std::vector<uint64_t>{2, 3});
    CHECK_EQ(read.records.size(), 2);
    CHECK(read_in_pieces("a\n\"never ends\nmore\n", 5).bad_lines == std::vector<uint64_t>{2});
  }
  TEST_CASE("reading goes on at any record's end") {
    const std::string text = "a,b\n1,\"x\ny\"\n2,z\n";
    CsvReader first;
    first.feed(text);
    REQUIRE(first.next() == Next::record);
    REQUIRE(first.next() == Next::record);
    CsvReader second(first.offset(), first.line());
    second.feed(BytesView(text).substr(first.offset()));
    REQUIRE(second.next() == Next::record);
    CHECK_EQ(second.record().line, 4);
    CHECK(second.record().fields == Fields{"2", "z"});
  }
  TEST_CASE("whatever is written reads back the same") {
    SeededRngSource source(7);
    const auto dice = source.stream("csv");
    const std::string alphabet = "ab,\"\r\n x";
    for (int round = 0; round < 300; ++round) {
      Fields fields;
      for (size_t i = 0, n = 2 + dice->below(4); i < n; ++i) {
        if (dice->below(4) == 0) {
          fields.push_back(std::nullopt);
          continue;
        }
        std::string field;
        for (size_t c = 0, m = dice->below(6); c < m; ++c) field += alphabet[dice->below(alphabet.size())];
        fields.push_back(field);
      }
      Bytes text;
      for (size_t i = 0; i < fields.size(); ++i) append_csv_field(fields[i], i == 0, text);
      end_csv_record(text);
      CAPTURE(text);
      const Read read = read_in_pieces(text, 1 + dice->below(5));
      REQUIRE_EQ(read.records.size(), 1);
      CHECK(read.records[0] == fields);
    }
  }
}

}  // namespace
}  // namespace ringlet::cli
