// Checks: pure functions from facts to findings, and the registry that they enter by themselves.
//
// To add one: write a function and a `const Register` object for it in a .cpp file of its area, and
// two cases under tests/cases/<area>/ (see CONTRIBUTING.md). Nothing else needs to know of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "advise/facts.h"
#include "base/fields.h"
#include "model/finding.h"

namespace whet::advise {

enum class Area : std::uint8_t {
  performance,
  query,
  index,
  schema,
  pool,
  cache,
  monitoring,
  replica,
  maintenance,
  load,
  security
};
constexpr auto enum_names(Area) {
  return Names<11>{"performance", "query",   "index",       "schema", "pool",    "cache",
                   "monitoring",  "replica", "maintenance", "load",   "security"};
}

/// Bits, to say which engines a check is for.
enum Engines : unsigned { postgresql = 1U, mysql = 2U, mariadb = 4U, mongodb = 8U };

/// What is known of a check before it runs. All texts are shown to users.
struct CheckInfo {
  std::string_view id;  ///< "index.unused": stable for ever
  Area area = Area::performance;
  model::Severity severity = model::Severity::info;  ///< the highest that it gives
  unsigned engines = postgresql;
  std::string_view summary;  ///< one line: what it finds
  std::string_view why;      ///< why that matters, a sentence or two
  std::string_view
      privileges;           ///< what the collecting role needs beyond connecting; "" for nothing
  std::string_view guards;  ///< when it holds its tongue
  std::string_view source;  ///< where its threshold comes from
};

using CheckFunction = void (*)(const Facts& facts, std::vector<model::Finding>& out);

struct Check {
  CheckInfo info;
  CheckFunction run = nullptr;
};

/// A check enters the registry by being constructed, before main() begins. The same id may be
/// registered more than once, for different engines: the same fault, told from other facts.
class Register {
 public:
  Register(const CheckInfo& info, CheckFunction run);
};

/// All checks, sorted by id and engines.
[[nodiscard]] std::vector<Check> all_checks();
/// Those for one engine.
[[nodiscard]] std::vector<Check> checks_for(model::EngineKind engine);
/// The check of that id for that engine, or nullptr.
[[nodiscard]] const Check* find_check(const std::vector<Check>& checks, std::string_view id,
                                      model::EngineKind engine);

struct Selection {
  std::vector<std::string> only;  ///< ids or area prefixes ("index", "index.unused"); empty: all
  std::vector<std::string> skip;

  [[nodiscard]] bool takes(std::string_view id) const;
};

/// Runs the checks for the snapshot's engine. The findings come ordered by severity, then by what
/// they cost, then by id and subject: the same input gives the same order.
[[nodiscard]] std::vector<model::Finding> run_checks(const Facts& facts,
                                                     const Selection& selection);

/// The order of run_checks.
void order_by_impact(std::vector<model::Finding>& findings);

}  // namespace whet::advise
