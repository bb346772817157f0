#include "engine/postgres/shadow/storage.h"

#include <algorithm>
#include <unordered_map>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "engine/postgres/shadow/pages.h"

namespace whet::engine::postgres::shadow {

namespace {

constexpr std::int64_t segment_bytes = std::int64_t{1} << 30;
/// A file under a new number was never read by the server: no copy of an old page can be in its
/// memory. The servers' own numbers stay far below.
constexpr const char* shift = "2000000000";
constexpr std::int64_t shift_by = 2000000000;

Error cannot_write(const std::string& path) {
  return {ErrorKind::refused, "The shadow's file " + path + " cannot be written.",
          "Check the space in TMPDIR and the limit of open files.", ""};
}

/// One file of that length, sparse behind `head`.
Status write_segment(const std::string& path, std::string_view head, std::int64_t bytes,
                     const ServerUser& user) {
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return cannot_write(path);
  bool well = !user.other || ::fchown(fd, user.id, user.group) == 0;
  while (well && !head.empty()) {
    const auto written = ::write(fd, head.data(), head.size());
    well = written > 0;
    if (well) head.remove_prefix(static_cast<std::size_t>(written));
  }
  struct stat now{};
  well = well && ::fstat(fd, &now) == 0;
  // Never shorter: what the rows and pages here need is there.
  if (well && now.st_size < bytes) well = ::ftruncate(fd, bytes) == 0;
  well = ::close(fd) == 0 && well;
  return well ? Status{} : Status{cannot_write(path)};
}

/// All files of a relation: each but the last has exactly a gigabyte.
Status write_relation(const std::string& path, std::string_view head, std::int64_t bytes,
                      const ServerUser& user) {
  std::int64_t left = std::max(bytes, static_cast<std::int64_t>(head.size()));
  for (int segment = 0; segment == 0 || left > 0; ++segment) {
    const std::string name = segment == 0 ? path : path + "." + std::to_string(segment);
    WHET_TRY_VOID(
        write_segment(name, segment == 0 ? head : "", std::min(left, segment_bytes), user));
    left -= segment_bytes;
  }
  return {};
}

struct File {
  std::string path;  ///< relative to the data folder
  std::string kind, method;
};

std::optional<std::string> edited(const Shape& shape, const File& file, const std::string& pages) {
  if (file.method == "btree") return raised_btree(pages, shape.height);
  if (file.method == "gin" && shape.gin) return counted_gin(pages, *shape.gin);
  if (file.method == "brin" && shape.map_pages > 0) return mapped_brin(pages, shape.map_pages);
  return std::nullopt;
}

std::string renumbered(const std::string& path) {
  const std::size_t slash = path.rfind('/') + 1;
  return path.substr(0, slash) + std::to_string(std::stoll(path.substr(slash)) + shift_by);
}

/// Writes the relation's file; true when it has a new number now.
Result<bool> write_file(const Session& session, const Shape& shape, const File& file) {
  const std::string old = session.server.data() + "/" + file.path;
  // A forged figure shall not fill the folder with files: no relation is larger than 32 TB.
  constexpr double largest = 32.0 * 1024 * static_cast<double>(segment_bytes);
  const auto bytes = static_cast<std::int64_t>(std::clamp(shape.bytes, 0.0, largest));
  const bool table = file.method == "heap";
  std::string pages;
  if (table || file.method == "btree" || file.method == "gin" || file.method == "brin")
    pages = WHET_TRY(files::read(old));
  const auto other = edited(shape, file, pages);
  if (table || other) {
    WHET_TRY_VOID(write_relation(session.server.data() + "/" + renumbered(file.path),
                                 other ? *other : pages, bytes, session.server.user()));
    return true;
  }
  WHET_TRY_VOID(write_relation(old, {}, bytes, session.server.user()));
  return false;
}

Result<std::unordered_map<std::int64_t, File>> files_of(Session& session, const std::string& ids) {
  const auto rows = WHET_TRY(session.admin.query(R"(
    SELECT c.oid, pg_relation_filepath(c.oid), c.relkind, coalesce(m.amname, 'heap')
    FROM pg_class c LEFT JOIN pg_am m ON m.oid = c.relam
    WHERE c.oid = ANY($1::oid[]) AND c.relkind IN ('r', 'm', 'i'))",
                                                 {ids}));
  std::unordered_map<std::int64_t, File> out;
  for (int i = 0; i < rows.size(); ++i) {
    Row row(rows, i);
    const std::int64_t id = row.integer();
    out[id] = {row.text(), row.text(), row.text()};
  }
  return out;
}

std::string counts_json(const std::vector<Shape>& shapes, bool knows_never_counted) {
  json::Writer out;
  out.begin_array();
  for (const Shape& one : shapes) {
    out.begin_array();
    out.value(one.id);
    out.value(one.pages);
    out.value(knows_never_counted ? one.rows : std::max(0.0, one.rows));
    out.value(one.all_visible_pages);
    out.value(one.all_frozen_pages);
    out.end_array();
  }
  out.end_array();
  return out.take();
}

/// What the statistics say of one part of a key.
struct PartFigures {
  double width = 32;  ///< bytes; as the planner takes text of unknown width
  double distinct = 0;
};

PartFigures column_figures(const model::Column& column) {
  PartFigures part;
  if (column.length > 0) part.width = static_cast<double>(column.length);
  if (!column.stats) return part;
  if (column.length <= 0) part.width = column.stats->average_width;
  part.distinct = column.stats->distinct;
  return part;
}

PartFigures expression_figures(const model::Snapshot& snapshot, const model::Index& index,
                               std::int64_t position) {
  PartFigures part;
  for (const auto& one : snapshot.planner->statistics) {
    if (one.relation != index.id || one.position != position) continue;
    part.width = static_cast<double>(one.width);
    part.distinct = one.distinct;
  }
  return part;
}

/// Bytes of an inner entry's key. Its end is cut where the beginning tells the leaves apart: after
/// the first column when that is nearly unique.
double key_width(const model::Snapshot& snapshot, const model::Table& table,
                 const model::Index& index) {
  double sum = 0;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const model::Column* column = table.column(index.parts[i].column);
    const PartFigures part =
        column != nullptr ? column_figures(*column)
                          : expression_figures(snapshot, index, static_cast<std::int64_t>(i) + 1);
    sum += part.width;
    constexpr double nearly_unique = -0.5;
    if (i == 0 && part.distinct < nearly_unique) break;
  }
  return sum;
}

void add_index_shape(const model::Snapshot& snapshot, const model::Table& table,
                     const model::Index& index, const model::PlannerRelation& facts, Shape& shape) {
  const double pages = static_cast<double>(facts.bytes) / static_cast<double>(block_bytes);
  if (index.method == "btree") {
    shape.height = facts.height ? static_cast<int>(*facts.height)
                                : btree_height(pages, key_width(snapshot, table, index));
  } else if (index.method == "gin") {
    shape.gin = facts.gin;
  } else if (index.method == "brin") {
    const auto option = index.options.find("pages_per_range");
    constexpr double usual = 128;
    const double range =
        option == index.options.end() ? usual : std::strtod(option->second.c_str(), nullptr);
    shape.map_pages = brin_map_pages(static_cast<double>(table.heap_bytes) / block_bytes, range);
  }
}

}  // namespace

Status shape(Session& session, const std::vector<Shape>& shapes) {
  std::vector<std::int64_t> ids;
  ids.reserve(shapes.size());
  for (const Shape& one : shapes) ids.push_back(one.id);
  // What is to be edited has to be in the files.
  WHET_TRY_VOID(session.admin.execute("CHECKPOINT"));
  const auto files = WHET_TRY(files_of(session, id_array(ids)));
  std::vector<std::int64_t> moved;
  for (const Shape& one : shapes) {
    const auto file = files.find(one.id);
    if (file == files.end()) continue;
    if (WHET_TRY(write_file(session, one, file->second))) moved.push_back(one.id);
  }
  WHET_TRY(
      session.admin.query(std::string("UPDATE pg_class SET relfilenode = (relfilenode::int8 + ") +
                              shift + ")::oid WHERE oid = ANY($1::oid[])",
                          {id_array(moved)}));
  constexpr std::int64_t first_with_minus_one = 140000, first_with_frozen = 180000;
  WHET_TRY(
      session.admin.query(std::string("UPDATE pg_class c SET relpages = least((w->>1)::float8, "
                                      "2147483647)::int4, reltuples = (w->>2)::float4, "
                                      "relallvisible = least((w->>3)::float8, 2147483647)::int4") +
                              (session.version() >= first_with_frozen
                                   ? ", relallfrozen = least((w->>4)::float8, 2147483647)::int4"
                                   : "") +
                              " FROM json_array_elements($1) w WHERE c.oid = (w->>0)::oid",
                          {counts_json(shapes, session.version() >= first_with_minus_one)}));
  return {};
}

std::vector<Shape> shapes_of(const model::Snapshot& snapshot, const Ids& ids) {
  std::unordered_map<std::int64_t, const model::PlannerRelation*> facts;
  for (const auto& one : snapshot.planner->relations) facts[one.id] = &one;
  std::vector<Shape> out;
  const auto start = [&](std::int64_t id) -> const model::PlannerRelation* {
    const auto own = ids.find(id);
    const auto fact = facts.find(id);
    if (own == ids.end() || fact == facts.end()) return nullptr;
    const auto& from = *fact->second;
    Shape shape;
    shape.id = own->second;
    shape.bytes = static_cast<double>(from.bytes);
    shape.pages = static_cast<double>(from.pages);
    shape.rows = from.rows;
    shape.all_visible_pages = static_cast<double>(from.all_visible_pages);
    shape.all_frozen_pages = static_cast<double>(from.all_frozen_pages);
    out.push_back(shape);
    return fact->second;
  };
  for (const auto& table : snapshot.schema.tables) {
    start(table.id);
    for (const auto& index : table.indexes) {
      const auto* fact = start(index.id);
      if (fact != nullptr) add_index_shape(snapshot, table, index, *fact, out.back());
    }
  }
  return out;
}

Status small_files(Session& session, const std::vector<std::int64_t>& tables) {
  WHET_TRY_VOID(session.admin.execute("DROP TABLE IF EXISTS pg_temp.before"));
  WHET_TRY(session.admin.query(R"(
    SELECT set_config('whet.tables', $1, false))",
                               {id_array(tables)}));
  const std::string chosen = "current_setting('whet.tables')::oid[]";
  WHET_TRY_VOID(
      session.admin.execute("CREATE TEMP TABLE before AS SELECT oid AS id, relfilenode AS file, "
                            "relpages AS pages, reltuples AS tuples, "
                            "relallvisible AS visible FROM pg_class WHERE oid = ANY(" +
                            chosen + ")"));
  return session.admin.execute(
      std::string("UPDATE pg_class SET relfilenode = (relfilenode::int8 - ") + shift +
      ")::oid WHERE oid = ANY(" + chosen + ") AND relfilenode::int8 > " + shift);
}

Status long_files(Session& session) {
  return session.admin.execute(
      "UPDATE pg_class c SET relfilenode = b.file, relpages = b.pages, reltuples = b.tuples, "
      "relallvisible = b.visible FROM pg_temp.before b WHERE c.oid = b.id");
}

}  // namespace whet::engine::postgres::shadow
