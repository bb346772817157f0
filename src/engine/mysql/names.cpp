#include "engine/mysql/names.h"

#include "base/text.h"

namespace whet::engine::mysql {

std::string identifier(std::string_view name) {
  return "`" + text::replace_all(std::string(name), "`", "``") + "`";
}

std::string qualified(std::string_view schema, std::string_view name) {
  return schema.empty() ? identifier(name) : identifier(schema) + "." + identifier(name);
}

std::string literal(std::string_view text) {
  const std::string escaped = text::replace_all(std::string(text), "\\", "\\\\");
  return "'" + text::replace_all(escaped, "'", "''") + "'";
}

}  // namespace whet::engine::mysql
