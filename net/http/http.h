// HTTP/1.1 requests from bytes, and answers as bytes. Pure: no socket, no clock.
//
// Always holds
//   - bytes may arrive cut anywhere; several requests may follow each other
//   - what is held is bounded: kHttpHeadBytesMax, then kHttpBodyBytesMax, both judged before they are buffered
//   - what two readers could understand differently is refused: bare line feeds, folded lines, spaces before a colon, two
//     lengths, two hosts, transfer codings. After a refusal nothing more comes out: answer, then close
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace ringlet::http {

struct Request {
  std::string method;                                        // GET, HEAD, POST, ...
  std::string path;                                          // starts with '/'; as sent, not decoded
  std::string query;                                         // after '?', as sent
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;

  std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct Refusal {
  int status = 400;
  std::string reason;
};

class RequestParser {
 public:
  enum class Next : uint8_t { more_bytes, request, refused };

  void feed(BytesView bytes) { buffer_.append(bytes); }
  Next next();
  Request& request() { return request_; }
  const Refusal& refusal() const { return refusal_; }
  bool between_requests() const { return buffer_.empty() && !in_body_; }

 private:
  Next refuse(int status, std::string reason);
  Next next_body();
  bool read_head(std::string_view head);
  bool read_request_line(std::string_view line);
  bool read_header(std::string_view line);
  bool judge_headers();
  bool read_length();

  Bytes buffer_;
  Request request_;
  Refusal refusal_;
  bool in_body_ = false, refused_ = false, minor_zero_ = false;
  size_t body_bytes_ = 0;
};

std::string_view reason_phrase(int status);
// `head_only`: the answer to HEAD. With `keep_alive` false it says that the connection ends here.
Bytes encode_response(const Response& response, bool keep_alive, bool head_only);

}  // namespace ringlet::http
