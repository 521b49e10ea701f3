#include "core/storage/table_settings.h"

namespace ringlet {

bool table_compresses(const Table& table) {
  const auto& options = table.options.compression;
  if (const auto it = options.find("enabled"); it != options.end() && it->second == "false") return false;
  const auto it = options.find("class");
  return it != options.end() && !it->second.empty();
}

}  // namespace ringlet
