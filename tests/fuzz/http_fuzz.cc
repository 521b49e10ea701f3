// Any bytes into the admin port's request parser, in pieces (the first byte says how large) and at once: both must give the same
// requests, and what comes out keeps its bounds.
#include <cstdint>
#include <vector>

#include "core/base/limits.h"
#include "core/base/must.h"
#include "net/http/http.h"

using namespace ringlet;
using namespace ringlet::http;

namespace {

// Everything that came out, as text; a refusal ends it.
std::string outcome(BytesView bytes, size_t piece) {
  RequestParser parser;
  std::string seen;
  while (true) {
    switch (parser.next()) {
      case RequestParser::Next::refused:
        return seen + "refused " + std::to_string(parser.refusal().status);
      case RequestParser::Next::request: {
        const Request& request = parser.request();
        MUST(request.path.starts_with('/') && request.body.size() <= kHttpBodyBytesMax);
        MUST(request.headers.size() <= kHttpHeadersMax);
        seen +=
            request.method + " " + request.path + "?" + request.query + (request.keep_alive ? " keep\n" : " close\n");
        for (const auto& [name, value] : request.headers) seen += name + ":" + value + "\n";
        seen += request.body + "\n";
        break;
      }
      case RequestParser::Next::more_bytes:
        if (bytes.empty()) return seen;
        parser.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const BytesView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (bytes.size() > kHttpHeadBytesMax) return 0;  // past it, how the bytes arrive decides which bound is met first
  MUST(outcome(bytes, bytes.size() + 1) == outcome(bytes, data[0] % 32 + size_t{1}));
  return 0;
}
