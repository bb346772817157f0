#include <algorithm>

#include "base/text.h"
#include "model/finding.h"
#include "model/schema.h"
#include "model/server.h"

namespace whet::model {

const Setting* Server::setting(std::string_view name) const {
  const auto at = std::lower_bound(
      settings.begin(), settings.end(), name,
      [](const Setting& setting, std::string_view wanted) { return setting.name < wanted; });
  return at != settings.end() && at->name == name ? &*at : nullptr;
}

std::optional<double> Server::number(std::string_view name) const {
  const Setting* found = setting(name);
  return found == nullptr ? std::nullopt : found->number;
}

std::string Server::text(std::string_view name) const {
  const Setting* found = setting(name);
  return found == nullptr ? std::string() : found->value;
}

bool Server::on(std::string_view name) const {
  const std::string value = text(name);
  return value == "on" || value == "ON" || value == "YES";
}

const StatusValue* Server::status_value(std::string_view name) const {
  const auto at = std::lower_bound(
      status.begin(), status.end(), name,
      [](const StatusValue& value, std::string_view wanted) { return value.name < wanted; });
  return at != status.end() && at->name == name ? &*at : nullptr;
}

std::optional<double> Server::status_total(std::string_view name) const {
  const StatusValue* found = status_value(name);
  return found == nullptr ? std::nullopt : std::optional(found->total);
}

std::optional<double> Server::status_window(std::string_view name) const {
  const StatusValue* found = status_value(name);
  return found == nullptr ? std::nullopt : std::optional(found->window);
}

const Extension* Server::extension(std::string_view name) const {
  const auto at =
      std::find_if(extensions.begin(), extensions.end(), [&](const Extension& extension) {
        return extension.name == name && !extension.version.empty();
      });
  return at == extensions.end() ? nullptr : &*at;
}

const Database* Server::current_database() const {
  const auto at = std::find_if(databases.begin(), databases.end(),
                               [](const Database& database) { return database.current; });
  return at == databases.end() ? nullptr : &*at;
}

const Column* Table::column(std::string_view wanted) const {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const Column& column) { return column.name == wanted; });
  return at == columns.end() ? nullptr : &*at;
}

double Table::rows() const {
  if (live_rows > 0) return static_cast<double>(live_rows);
  return row_estimate.value_or(0);
}

std::string Subject::text() const {
  std::vector<std::string> parts;
  if (!schema.empty()) parts.push_back(schema);
  // An index's own name says enough; a column's does not.
  if (!table.empty() && kind != SubjectKind::index) parts.push_back(table);
  if (!name.empty()) parts.push_back(name);
  return text::join(parts, ".");
}

std::string Finding::fingerprint() const {
  return text::hash_hex(id + '\n' + std::string(name_of(subject.kind)) + '\n' + subject.schema +
                        '\n' + subject.table + '\n' + subject.name);
}

}  // namespace whet::model
