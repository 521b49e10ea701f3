// The files of web/, as they were when this binary was built. No request leaves the box for them.
#pragma once

#include <optional>
#include <string_view>

namespace ringlet::http {

struct WebFile {
  std::string_view content_type, bytes;
};
std::optional<WebFile> web_file(std::string_view path);  // "/", "/app.js", "/style.css"

}  // namespace ringlet::http
