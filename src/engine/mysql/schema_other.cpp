// Views, triggers, routines, sequences.
#include <algorithm>

#include "base/text.h"
#include "engine/mysql/collector.h"
#include "engine/mysql/schema_parts.h"

namespace whet::engine::mysql {

namespace {

constexpr std::string_view routines_at_most = "5000";
constexpr std::size_t sequences_at_most = 200;

model::View* find_view(Collector& c, std::string_view schema, std::string_view name) {
  auto& views = c.snapshot.schema.views;
  const auto at = std::lower_bound(
      views.begin(), views.end(), std::make_pair(schema, name), [](const auto& a, const auto& b) {
        return std::make_pair(std::string_view(a.schema), std::string_view(a.name)) < b;
      });
  return at != views.end() && at->schema == schema && at->name == name ? &*at : nullptr;
}

void add_use(Collector& c, model::View& view, std::string_view schema, std::string_view name) {
  if (c.table(schema, name) == nullptr && find_view(c, schema, name) == nullptr) return;
  view.uses.push_back(id_of(schema, name));
}

void collect_views(Collector& c) {
  if (c.snapshot.schema.views.empty()) return;
  bool hidden = false;
  for_each_schema(c, "views",
                  "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, SECURITY_TYPE FROM "
                  "information_schema.VIEWS",
                  "TABLE_SCHEMA", [&](const Rows& rows) {
                    Row row(rows, 0);
                    const std::string_view schema = row.view(), name = row.view();
                    model::View* view = find_view(c, schema, name);
                    if (view == nullptr) return;
                    view->definition = row.text();
                    view->security_invoker = row.view() == "INVOKER";
                    hidden = hidden || view->definition.empty();
                    if (c.has(Feature::view_table_usage)) return;
                    for (const auto& [of, used] : relations_in(view->definition))
                      add_use(c, *view, of, used);
                  });
  if (c.has(Feature::view_table_usage)) {
    c.stream("what views read",
             "SELECT VIEW_SCHEMA, VIEW_NAME, TABLE_SCHEMA, TABLE_NAME FROM "
             "information_schema.VIEW_TABLE_USAGE WHERE " +
                 user_schemas("VIEW_SCHEMA"),
             [&](const Rows& rows) {
               Row row(rows, 0);
               const std::string_view schema = row.view(), name = row.view(), of = row.view();
               if (auto* view = find_view(c, schema, name)) add_use(c, *view, of, row.view());
             });
  }
  if (hidden)
    c.note("definitions of some views", "The account may not see them.",
           c.grant("SHOW VIEW ON *.*"));
}

void collect_triggers(Collector& c) {
  const auto keep = [&](const Rows& rows) {
    Row row(rows, 0);
    const std::string_view schema = row.view(), name = row.view();
    model::Table* table = c.table(schema, name);
    if (table == nullptr) return;
    model::Trigger trigger;
    trigger.name = row.text();
    trigger.per_row = row.view() == "ROW";
    table->triggers.push_back(std::move(trigger));
  };
  for_each_schema(c, "triggers",
                  "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME, "
                  "ACTION_ORIENTATION FROM information_schema.TRIGGERS",
                  "TRIGGER_SCHEMA", keep);
}

void collect_routines(Collector& c) {
  const auto rows =
      c.read("routines", R"(
    SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_BODY, IS_DETERMINISTIC, DATA_TYPE,
           SECURITY_TYPE
    FROM information_schema.ROUTINES WHERE )" +
                             user_schemas("ROUTINE_SCHEMA") + " ORDER BY 1, 2, 3 LIMIT " +
                             std::string(routines_at_most));
  if (!rows) return;
  for (int i = 0; i < rows->size(); ++i) {
    Row row(*rows, i);
    model::Function function;
    function.schema = row.text();
    function.name = row.text();
    row.skip();
    function.language = text::lower(row.view());
    function.volatility = row.flag() ? "immutable" : "volatile";
    function.result = text::lower(row.view());
    function.security_definer = row.view() == "DEFINER";
    c.snapshot.schema.functions.push_back(std::move(function));
  }
}

/// MariaDB: each is a table with one row.
void collect_sequences(Collector& c) {
  auto& sequences = c.snapshot.schema.sequences;
  std::size_t asked = 0;
  for (auto& sequence : sequences) {
    if (asked++ >= sequences_at_most) break;
    const auto rows =
        c.read("positions of sequences",
               "SELECT next_not_cached_value, start_value, increment, minimum_value, "
               "maximum_value, cycle_option FROM " +
                   Connection::quote_identifier(sequence.schema) + "." +
                   Connection::quote_identifier(sequence.name),
               c.grant("SELECT ON " + Connection::quote_identifier(sequence.schema) + ".*"));
    if (!rows || rows->empty()) continue;
    Row row(*rows, 0);
    sequence.type = "bigint";
    sequence.last_value = row.maybe_integer();
    sequence.start = row.integer();
    sequence.increment = row.integer();
    sequence.minimum = row.integer();
    sequence.maximum = row.integer();
    sequence.cycles = row.flag();
  }
}

}  // namespace

void collect_other_objects(Collector& c) {
  collect_views(c);
  collect_triggers(c);
  collect_routines(c);
  collect_sequences(c);
}

}  // namespace whet::engine::mysql
