#include "net/http/http.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "net/http/admin_api.h"

namespace ringlet::http {
namespace {

using Next = RequestParser::Next;

RequestParser parse(const std::string& bytes) {
  RequestParser parser;
  parser.feed(bytes);
  return parser;
}

int refusal_of(const std::string& bytes) {
  RequestParser parser = parse(bytes);
  return parser.next() == Next::refused ? parser.refusal().status : 0;
}

const std::string kGet = "GET /api/v1/status?a=b HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-Y:  z \r\n\r\n";
const std::string kPost = "POST /api/v1/flush HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";

TEST_SUITE("http requests") {
  TEST_CASE("a request is cut into method, path, query, headers and body") {
    RequestParser parser = parse(kGet);
    REQUIRE(parser.next() == Next::request);
    CHECK_EQ(parser.request().method, "GET");
    CHECK_EQ(parser.request().path, "/api/v1/status");
    CHECK_EQ(parser.request().query, "a=b");
    CHECK_EQ(parser.request().header("x-y").value_or(""), "z");
    CHECK(parser.request().keep_alive);
    CHECK(parser.next() == Next::more_bytes);
    CHECK(parser.between_requests());
  }
  TEST_CASE("bytes may arrive one at a time, and requests one behind the other") {
    RequestParser parser;
    int requests = 0;
    for (const char c : kPost + kGet + kPost) {
      parser.feed({&c, 1});
      while (parser.next() == Next::request) {
        if (requests++ != 1) CHECK_EQ(parser.request().body, "hello");
      }
    }
    CHECK_EQ(requests, 3);
    RequestParser at_once = parse(kPost + kGet);
    CHECK(at_once.next() == Next::request);
    CHECK(at_once.next() == Next::request);
    CHECK_EQ(at_once.request().method, "GET");
  }
  TEST_CASE("what two readers could understand differently is refused") {
    CHECK_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("GET http://localhost/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    CHECK_EQ(refusal_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"), 400);
    CHECK_EQ(refusal_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx"), 400);
    CHECK_EQ(refusal_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx"), 400);
    CHECK_EQ(refusal_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
    CHECK_EQ(refusal_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
    CHECK_EQ(refusal_of("\r\n\r\n"), 400);
  }
  TEST_CASE("heads, headers and bodies beyond their bounds are refused before they are buffered") {
    CHECK_EQ(refusal_of("GET /" + std::string(kHttpHeadBytesMax, 'a')), 431);
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (size_t i = 0; i < kHttpHeadersMax; ++i) many += "X: y\r\n";
    CHECK_EQ(refusal_of(many + "\r\n"), 431);
    CHECK_EQ(refusal_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kHttpBodyBytesMax + 1) +
                        "\r\n\r\n"),
             413);
  }
  TEST_CASE("after a refusal nothing more comes out") {
    RequestParser parser = parse("nonsense\r\n\r\n" + kGet);
    CHECK(parser.next() == Next::refused);
    parser.feed(kGet);
    CHECK(parser.next() == Next::refused);
  }
  TEST_CASE("a connection is kept unless the client says otherwise, or speaks 1.0") {
    const auto kept = [](const std::string& bytes) {
      RequestParser parser = parse(bytes);
      REQUIRE(parser.next() == Next::request);
      return parser.request().keep_alive;
    };
    CHECK_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
    CHECK_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
    CHECK(kept("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  }
  TEST_CASE("an answer says how long it is, and HEAD gets no body") {
    const Bytes whole = encode_response({.body = "{}"}, true, false);
    CHECK(whole.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(whole.find("Content-Length: 2\r\n") != Bytes::npos);
    CHECK(whole.ends_with("\r\n\r\n{}"));
    const Bytes head = encode_response({.status = 404, .body = "{}"}, false, true);
    CHECK(head.starts_with("HTTP/1.1 404 Not Found\r\n"));
    CHECK(head.find("Connection: close\r\n") != Bytes::npos);
    CHECK(head.ends_with("\r\n\r\n"));
  }
  TEST_CASE("a node is asked for by address or as localhost, by no other name") {
    for (const char* host : {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080"})
      CHECK(is_local_host(host));
    for (const char* host : {"evil.example.com", "127.0.0.1.example.com", "localhost.example.com:8080", "", ":8080"})
      CHECK_FALSE(is_local_host(host));
  }
}

}  // namespace
}  // namespace ringlet::http
