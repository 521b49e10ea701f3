#include "net/http/web_page.h"

namespace ringlet::http {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"  // #embed is C23's; Clang has it in C++ too
constexpr char kIndex[] = {
#embed "../../web/index.html"
};
constexpr char kScript[] = {
#embed "../../web/app.js"
};
constexpr char kStyle[] = {
#embed "../../web/style.css"
};
#pragma clang diagnostic pop

}  // namespace

std::optional<WebFile> web_file(std::string_view path) {
  if (path == "/" || path == "/index.html") return WebFile{"text/html; charset=utf-8", {kIndex, sizeof kIndex}};
  if (path == "/app.js") return WebFile{"text/javascript; charset=utf-8", {kScript, sizeof kScript}};
  if (path == "/style.css") return WebFile{"text/css; charset=utf-8", {kStyle, sizeof kStyle}};
  return std::nullopt;
}

}  // namespace ringlet::http
