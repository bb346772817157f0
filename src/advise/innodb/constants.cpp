#include "advise/innodb/constants.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace whet::advise::innodb {

namespace {

void set_from_status(const model::Server& server, const char* name, double& value) {
  const auto known = server.status_total(std::string("cost.") + name);
  if (known && *known > 0) value = *known;
}

Prices prices_of(const model::Server& server, bool mariadb) {
  Prices out;
  if (mariadb) {
    // sql/handler.h and sql/sql_const.h of 10.11: a block costs 1 wherever it is.
    constexpr double time_for_compare = 5;
    out.row = out.key_compare = 1 / time_for_compare;
    out.memory_block = out.disk_block = 1;
    return out;
  }
  set_from_status(server, "row_evaluate_cost", out.row);
  set_from_status(server, "key_compare_cost", out.key_compare);
  set_from_status(server, "memory_block_read_cost", out.memory_block);
  set_from_status(server, "io_block_read_cost", out.disk_block);
  set_from_status(server, "memory_temptable_create_cost", out.temporary_create);
  set_from_status(server, "memory_temptable_row_cost", out.temporary_row);
  set_from_status(server, "disk_temptable_create_cost", out.disk_temporary_create);
  set_from_status(server, "disk_temptable_row_cost", out.disk_temporary_row);
  return out;
}

bool switched_on(const model::Server& server, const std::string& name, bool otherwise) {
  const std::string switches = server.text("optimizer_switch");
  if (text::contains(switches, name + "=on")) return true;
  return text::contains(switches, name + "=off") ? false : otherwise;
}

}  // namespace

double Constants::resident() const {
  return pool_has_room || data_bytes <= 0 ? 1 : std::clamp(0.9 * pool_bytes / data_bytes, 0.0, 1.0);
}

std::string server_words(const model::Server& server) {
  const bool mariadb = server.engine == model::EngineKind::mariadb;
  const std::int64_t minor = server.version_number / 100 % 100;
  return (mariadb ? "MariaDB " : "MySQL ") + std::to_string(server.major()) + "." +
         std::to_string(minor);
}

Constants constants_of(const model::Server& server, double data_bytes) {
  Constants out;
  out.mariadb = server.engine == model::EngineKind::mariadb;
  out.version = server.version_number > 0 ? server.version_number : 90700;
  out.price = prices_of(server, out.mariadb);
  out.data_bytes = data_bytes;
  const auto setting = [&](const char* name, double otherwise) {
    const double value = server.number(name).value_or(otherwise);
    return value > 0 ? value : otherwise;
  };
  out.page_bytes =
      setting("innodb_page_size",
              server.block_bytes > 0 ? static_cast<double>(server.block_bytes) : out.page_bytes);
  out.pool_bytes = setting("innodb_buffer_pool_size", out.pool_bytes);
  constexpr double roomy = 0.1;
  const double pages = server.status_total("Innodb_buffer_pool_pages_total").value_or(0);
  out.pool_has_room =
      pages > 0 && server.status_total("Innodb_buffer_pool_pages_free").value_or(0) > roomy * pages;
  out.join_buffer = setting("join_buffer_size", out.join_buffer);
  out.temporary_bytes = setting("tmp_table_size", out.temporary_bytes);
  out.fill_factor = setting("innodb_fill_factor", 100) / 100;
  const bool mysql = !out.mariadb;
  out.hash_join = mysql && out.version >= 80018 && switched_on(server, "block_nested_loop", true);
  out.skip_scan = mysql && out.version >= 80013 && switched_on(server, "skip_scan", true);
  out.descending_keys = out.version >= (mysql ? 80000 : 100800);
  out.functional_keys = mysql && out.version >= 80013;
  out.multi_valued_keys = mysql && out.version >= 80017;
  out.push_down = switched_on(server, "index_condition_pushdown", true);
  out.merge_union = switched_on(server, "index_merge_union", true);
  return out;
}

}  // namespace whet::advise::innodb
