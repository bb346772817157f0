// Any bytes, read as MongoDB's commands in mongosh's text and as documents: what is read prints as
// text that reads the same, the normal form is stable, equal for both, and has a shape or an error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mql/canonical.h"
#include "mql/command.h"
#include "mql/print_value.h"
#include "mql/views.h"

namespace {

namespace mql = whet::mql;

void require(bool holds) {
  if (!holds) std::abort();
}

int depth_of(const mql::Value& value) {
  int out = 0;
  for (const mql::Field& field : value.fields) out = std::max(out, depth_of(field.value));
  return out + 1;
}

// References in a shape point into it.
void check(const whet::model::Shape& shape) {
  const auto count = static_cast<std::int64_t>(shape.relations.size());
  for (const auto& relation : shape.relations) {
    for (const auto& join : relation.joins) {
      require(!join.other || (*join.other >= 0 && *join.other < count));
    }
    require(std::ranges::is_sorted(relation.needed));
    require(std::ranges::is_sorted(relation.projected));
    for (const auto& predicate : relation.predicates) {
      require(!predicate.column.empty() || !predicate.expression.empty());
      require(predicate.arm > 0 || predicate.disjunction == 0);
      require(predicate.constant.empty() || predicate.disjunction == 0);
    }
  }
}

void comes_back(const mql::Command& command) {
  const auto again = mql::parse_command(mql::print(command), command.database);
  require(again.ok());
  require(mql::canonical_json(again->body) == mql::canonical_json(command.body));
  require(again->collection == command.collection && again->verb == command.verb);
}

void examine(const mql::Command& command) {
  // Near the limit of BSON's depth a normal form may go beyond it.
  constexpr int moderate = 150;
  if (depth_of(command.body) > moderate) return;
  comes_back(command);
  const mql::Command normal = mql::normalize(command);
  comes_back(normal);
  require(mql::canonical_json(mql::normalize(normal).body) == mql::canonical_json(normal.body));
  require(mql::fingerprint(command) == mql::fingerprint(normal));
  require(mql::fingerprint(command).size() == 16);
  (void)mql::kind_of(command);
  (void)mql::obstacle_to_replay(command);
  for (const mql::Command* one : {&command, &normal}) {
    const auto shape = mql::shape_of(*one);
    if (shape.ok()) check(*shape);
    const auto places = mql::parameters_of(*one);
    for (std::size_t i = 0; i < places.size(); ++i) {
      require(places[i].number == static_cast<std::int64_t>(i) + 1);
    }
  }
  if (const auto below = mql::beneath_view(command, command)) (void)mql::shape_of(*below);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& one : mql::split_commands(text)) {
    const auto command = mql::parse_command(one, "d");
    if (command.ok())
      examine(*command);
    else
      require(!command.error().message.empty());
  }
  const std::string canonical = mql::canonical_text(text);
  require(mql::canonical_text(canonical) == canonical);
  const auto document = mql::parse_json(text);
  if (!document.ok()) return 0;
  const auto command = mql::command_of(*document, "d");
  if (command.ok()) examine(*command);
  return 0;
}
