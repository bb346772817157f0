#include <fmt/format.h>

#include "base/fields_json.h"
#include "base/json_split.h"
#include "model/json.h"

namespace whet::model {

namespace {

/// More bytes than the text will have. Memory that is reserved and never written costs nothing.
std::size_t room_for(const Snapshot& snapshot) {
  constexpr std::size_t for_the_rest = 1U << 20U;
  std::size_t bytes = for_the_rest + 4000 * snapshot.workload.statements.size();
  for (const Table& table : snapshot.schema.tables)
    bytes += 4000 + 1000 * (table.columns.size() + table.indexes.size());
  return bytes;
}

}  // namespace

std::string to_json(const Snapshot& snapshot, int indent) {
  json::Writer out(indent);
  out.reserve(room_for(snapshot));
  fields_json::write(out, snapshot);
  return out.take() + "\n";
}

namespace {

/// What every engine guarantees and checks rely on, whoever wrote the file: an index has a key.
Result<Snapshot> with_whole_indexes(Result<Snapshot> snapshot) {
  if (!snapshot.ok()) return snapshot;
  for (const Table& table : snapshot->schema.tables) {
    for (const Index& index : table.indexes) {
      if (!index.parts.empty()) continue;
      return Error{
          ErrorKind::invalid,
          fmt::format("The index '{}' of table '{}' has no key parts.", index.name, table.name),
          "Check that the file was written by whet and was not edited.", ""};
    }
  }
  return snapshot;
}

}  // namespace

Result<Snapshot> partial_snapshot(json::View view) {
  return with_whole_indexes(fields_json::from_view<Snapshot>(view));
}

namespace {

Result<Snapshot> from_document(std::string_view text) {
  const auto document = WHET_TRY(json::Document::parse(text));
  const json::View root = document.root();
  const auto format = root["format"].integer();
  const bool newer = format && *format > snapshot_format;
  // The version is asked for because a server without one would be left out when it is written.
  if (!format || *format < 1 || (!newer && root["server"]["version"].string_or("").empty())) {
    return Error{ErrorKind::invalid, "This is JSON, but not a snapshot.",
                 "Make one with: whet collect URL -o file.json", ""};
  }
  if (newer) {
    return Error{
        ErrorKind::invalid,
        fmt::format("This snapshot has format {}; this whet reads formats up to {}.", *format,
                    snapshot_format),
        fmt::format("Use whet {} or newer.", root["whet_version"].string_or("(its version)")), ""};
  }
  return partial_snapshot(root);
}

/// The tables are nearly all of a large snapshot: they are parsed one by one, so that there is
/// never a tree of all of them.
Result<Snapshot> from_pieces(const json::SplitArray& split) {
  Snapshot snapshot = WHET_TRY(from_document(split.rest));
  snapshot.schema.tables.reserve(split.elements.size());
  for (const std::string_view element : split.elements) {
    const auto document = WHET_TRY(json::Document::parse(element));
    snapshot.schema.tables.push_back(WHET_TRY(fields_json::from_view<Table>(document.root())));
  }
  return with_whole_indexes(std::move(snapshot));
}

}  // namespace

Result<Snapshot> snapshot_from_json(std::string_view text) {
  if (const auto split = json::split_array(text, {"schema", "tables"})) {
    auto snapshot = from_pieces(*split);
    if (snapshot.ok()) return snapshot;
  }
  // Also for the errors: only the whole document knows the place of a mistake.
  return from_document(text);
}

}  // namespace whet::model
