#include "net/cql/inet.h"

#include <arpa/inet.h>

namespace ringlet {

Bytes address_bytes(const std::string& text) {
  char raw[16];
  if (inet_pton(AF_INET, text.c_str(), raw) == 1) return Bytes(raw, 4);
  if (inet_pton(AF_INET6, text.c_str(), raw) == 1) return Bytes(raw, 16);
  return Bytes("\x7f\0\0\x01", 4);
}

}  // namespace ringlet
