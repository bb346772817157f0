// An index advice for programs, and its schema, from the lists of fields.
#include "base/fields_schema.h"
#include "report/index_advice.h"

namespace whet::report {

namespace {

/// Grows when a member changes its meaning or goes; a new member does not change it.
constexpr std::int64_t advice_format = 1;

/// The file: the advice's own members beside the format's number.
struct AdviceDocument {
  std::int64_t format = 0;
  advise::IndexAdvice advice;

  template <class S, class V>
  static void fields(S& s, V& v) {
    v("format", s.format);
    advise::IndexAdvice::fields(s.advice, v);
  }
};

}  // namespace

std::string index_advice_json(const advise::IndexAdvice& advice) {
  return fields_json::to_text(AdviceDocument{advice_format, advice}, 1) + "\n";
}

std::string index_advice_schema() {
  return fields_schema::document<AdviceDocument>(
      "Whet index advice",
      "Which indexes a workload should have. Costs are the planner's estimates. An absent member "
      "has its default: 0, false, \"\" or nothing.");
}

}  // namespace whet::report
