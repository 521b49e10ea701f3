#include "net/http/http.h"

#include <algorithm>

#include "core/base/limits.h"

namespace ringlet::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n", kHeadEnd = "\r\n\r\n";

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }
bool is_target_char(char c) { return c > ' ' && c < 0x7F; }
bool is_value_char(char c) { return c == '\t' || static_cast<unsigned char>(c) >= ' '; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [have, value] : headers)
    if (have == name) return value;
  return std::nullopt;
}

RequestParser::Next RequestParser::refuse(int status, std::string reason) {
  refused_ = true;
  refusal_ = {status, std::move(reason)};
  buffer_.clear();
  return Next::refused;
}

RequestParser::Next RequestParser::next() {
  if (refused_) return Next::refused;
  if (in_body_) return next_body();
  const size_t end = buffer_.find(kHeadEnd);
  if (end == Bytes::npos) {
    if (buffer_.size() > kHttpHeadBytesMax) return refuse(431, "the request's head is too large");
    return Next::more_bytes;
  }
  if (end > kHttpHeadBytesMax) return refuse(431, "the request's head is too large");
  request_ = {};
  body_bytes_ = 0;
  if (!read_head(BytesView(buffer_).substr(0, end + kLineEnd.size()))) return Next::refused;
  buffer_.erase(0, end + kHeadEnd.size());
  in_body_ = true;
  return next_body();
}

RequestParser::Next RequestParser::next_body() {
  if (buffer_.size() < body_bytes_) return Next::more_bytes;
  request_.body = buffer_.substr(0, body_bytes_);
  buffer_.erase(0, body_bytes_);
  in_body_ = false;
  return Next::request;
}

bool RequestParser::read_head(std::string_view head) {
  bool first = true;
  while (!head.empty()) {
    const size_t end = head.find(kLineEnd);
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + kLineEnd.size());
    if (!(first ? read_request_line(line) : read_header(line))) {
      if (!refused_) refuse(400, "malformed request");
      return false;
    }
    first = false;
  }
  return judge_headers();
}

bool RequestParser::read_request_line(std::string_view line) {
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target[0] != '/' || !std::ranges::all_of(target, is_target_char))
    return false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/")) refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    return false;
  }
  minor_zero_ = version == "HTTP/1.0";
  request_.method = method;
  const size_t question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  return true;
}

bool RequestParser::read_header(std::string_view line) {
  if (request_.headers.size() == kHttpHeadersMax) return refuse(431, "too many headers"), false;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_char)) return false;
  request_.headers.emplace_back(lower_case(line.substr(0, colon)), value);
  return true;
}

bool RequestParser::judge_headers() {
  const auto times = [this](std::string_view name) {
    return std::ranges::count_if(request_.headers, [name](const auto& header) { return header.first == name; });
  };
  if (times("host") > 1 || (times("host") == 0 && !minor_zero_)) return refuse(400, "one Host header is needed"), false;
  if (times("transfer-encoding") != 0) return refuse(501, "send a Content-Length instead of a transfer coding"), false;
  if (times("expect") != 0) return refuse(417, "send the body without waiting"), false;
  if (times("content-length") > 1) return refuse(400, "more than one Content-Length"), false;
  if (!read_length()) return false;
  const std::string connection = lower_case(request_.header("connection").value_or(""));
  request_.keep_alive = minor_zero_ ? connection == "keep-alive" : connection.find("close") == std::string::npos;
  return true;
}

bool RequestParser::read_length() {
  const auto length = request_.header("content-length");
  if (!length) return true;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (length->empty() || length->size() > 18 || !std::ranges::all_of(*length, is_digit))
    return refuse(400, "Content-Length is no number"), false;
  uint64_t bytes = 0;
  for (const char c : *length) bytes = bytes * 10 + static_cast<uint64_t>(c - '0');
  if (bytes > kHttpBodyBytesMax) return refuse(413, "the request's body is too large"), false;
  body_bytes_ = static_cast<size_t>(bytes);
  return true;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

Bytes encode_response(const Response& response, bool keep_alive, bool head_only) {
  Bytes out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(reason_phrase(response.status)).append(kLineEnd);
  const auto header = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append(kLineEnd);
  };
  header("Content-Type", response.content_type);
  header("Content-Length", std::to_string(response.body.size()));
  header("Connection", keep_alive ? "keep-alive" : "close");
  header("Cache-Control", "no-store");
  header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) header(name, value);
  out.append(kLineEnd);
  if (!head_only) out.append(response.body);
  return out;
}

}  // namespace ringlet::http
