// Any bytes as a server's log: what is read is UTF-8 and no more than there was; parameters and
// plans that are found in it can be used; no constant survives in a plan that was cleaned. The
// first line says how it is to be read: "csv", "json", or "text PREFIX".
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "logs/entry.h"
#include "logs/record.h"
#include "plans/literals.h"
#include "plans/parse.h"
#include "plans/tokens.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void no_constants(const std::string& expression) {
  for (const auto& token : whet::plans::tokens_of(expression))
    require(token.kind != whet::plans::TokenKind::string);
}

void check_node(const whet::model::PlanNode& node) {
  for (const auto* one : {&node.filter, &node.join_filter, &node.index_condition,
                          &node.recheck_condition, &node.hash_condition, &node.cache_key})
    no_constants(*one);
  for (const auto& one : node.output) no_constants(one);
  for (const auto& child : node.children) check_node(child);
}

void check(const whet::logs::Record& record) {
  require(record.parameters.empty() || record.parameters_whole);
  const bool readable = record.format == whet::logs::PlanFormat::text ||
                        record.format == whet::logs::PlanFormat::json;
  require(readable != record.plan.empty());
  if (!readable) return;
  auto plan = whet::plans::parse(record.plan);
  if (!plan.ok()) return;
  whet::plans::remove_literals(*plan);
  check_node(plan->root);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using whet::logs::Format;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto first = input.substr(0, end), log = input.substr(end + 1);
  const Format format = first.starts_with("csv")    ? Format::csv
                        : first.starts_with("json") ? Format::json
                                                    : Format::text;
  const auto prefix = first.starts_with("text ") ? first.substr(5) : std::string_view{};
  std::size_t read = 0;
  for (const auto& entry : whet::logs::read(log, format, prefix)) {
    require(whet::text::valid_utf8(entry.message) == entry.message);
    read += entry.message.size() + entry.detail.size();
    if (const auto record = whet::logs::record_of(entry)) check(*record);
  }
  // A byte that is no UTF-8 becomes three.
  require(read <= 3 * size);
  return 0;
}
