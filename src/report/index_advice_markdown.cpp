// An index advice as Markdown.
#include <fmt/format.h>

#include "base/text.h"
#include "report/index_advice.h"
#include "report/index_advice_words.h"
#include "report/markdown.h"

namespace whet::report {

namespace {

using advise::IndexAdvice;
using advise::NewIndex;
using advise::OldIndex;
using advise::StatementAdvice;

/// A statement in a table: enough to know it again.
constexpr std::size_t statement_width = 160;

std::string cell(std::string_view text) { return markdown_cell(one_line(text)); }

std::string summary(const IndexAdvice& advice) {
  std::string out = "# Index advice\n\n**" + headline(advice) + "**\n\n";
  for (const std::string& line : {cost_sentence(advice), disk_sentence(advice),
                                  stopped_sentence(advice), oracle_sentence(advice)}) {
    if (!line.empty()) out += cell(line) + "\n";
  }
  for (const std::string& note : advice.notes) out += "\n" + cell(note) + "\n";
  return out;
}

std::string statement_row(const StatementAdvice& one, const Columns& columns) {
  const std::string& shown = one.text.empty() ? one.id : one.text;
  return fmt::format("| {} | {} | {} | {}{} |\n", markdown_code(one_line(shown, statement_width)),
                     cost_text(one.before, columns), cost_text(one.after, columns),
                     ratio_text(one.before, one.after),
                     columns.calls ? " | " + calls_text(one) : "");
}

std::string statement_table(const std::vector<const StatementAdvice*>& statements,
                            const Columns& columns) {
  std::string out =
      fmt::format("| statement | before | after | |{}\n| --- | ---: | ---: | --- |{}\n",
                  columns.calls ? " calls an hour |" : "", columns.calls ? " ---: |" : "");
  for (const StatementAdvice* one : statements) out += statement_row(*one, columns);
  return out;
}

std::string plan_changes(const std::vector<const StatementAdvice*>& statements) {
  std::string out;
  for (const StatementAdvice* one : statements) {
    for (const advise::AccessChange& change : one->changes) {
      out += fmt::format("- {} in {}: {} → {}\n", cell(change.relation),
                         markdown_code(one_line(one->text.empty() ? one->id : one->text, 60)),
                         cell(change.before), cell(change.after));
    }
  }
  return out.empty() ? out : "\nPlans:\n\n" + out;
}

std::string new_index(const IndexAdvice& advice, const NewIndex& index,
                      const StatementsById& by_id) {
  std::string out = "### " + markdown_code(index_name(index)) + "\n\n";
  out += index.change.action.statement.empty()
             ? markdown_code(index_target(index)) + "\n"
             : markdown_code_block(index.change.action.statement + ";", advice.engine);
  out += fmt::format("\n- Size: {}\n- Saves: {} of the workload's cost\n", text::bytes(index.bytes),
                     share_text(index));
  for (const auto& [name, value] : index_facts(advice, index))
    out += "- " + name + ": " + cell(value) + "\n";
  if (!index.upkeep_arithmetic.empty())
    out += "- Upkeep reckoned: " + cell(index.upkeep_arithmetic) + "\n";
  const auto statements = by_id.of(index);
  if (!statements.empty()) {
    out += "\n" + statement_table(statements, columns_of(advice)) + plan_changes(statements);
  }
  return out + "\n";
}

std::string new_indexes(const IndexAdvice& advice) {
  if (advice.create.empty()) return {};
  std::string out =
      "\n## Indexes to make\n\nEach with the share of the workload's cost that it saves.\n\n| | "
      "index | size | saves | statements | upkeep |\n| ---: | --- | "
      "---: | --- | ---: | --- |\n";
  for (std::size_t i = 0; i < advice.create.size(); ++i) {
    const NewIndex& index = advice.create[i];
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", i + 1,
                       markdown_code(index_target(index)), text::bytes(index.bytes),
                       share_text(index), index.statements.size(), upkeep_text(advice, index));
  }
  out += "\n";
  const StatementsById by_id(advice);
  for (const NewIndex& index : advice.create) out += new_index(advice, index, by_id);
  return out;
}

std::string old_indexes(const IndexAdvice& advice, bool watch) {
  std::string out;
  for (const OldIndex& one : advice.drop) {
    if (one.watch != watch) continue;
    out += fmt::format("| {} | {} | {} | {} |\n", markdown_code(index_subject(one)),
                       text::bytes(one.bytes), cell(drop_reason(one)),
                       watch ? "" : markdown_code(one.change.action.statement));
  }
  if (out.empty()) return out;
  return (watch ? std::string("\n## Watched: nothing is done to these yet\n\n")
                : std::string("\n## Indexes to drop\n\n")) +
         "| index | size | evidence | statement |\n| --- | ---: | --- | --- |\n" + out;
}

std::string all_statements(const IndexAdvice& advice) {
  if (advice.statements.empty()) return {};
  std::vector<const StatementAdvice*> all;
  all.reserve(advice.statements.size());
  for (const StatementAdvice& one : advice.statements) all.push_back(&one);
  return "\n## All statements\n\nEstimated " + std::string(cost_words(advice)) +
         " of one call.\n\n" + statement_table(all, columns_of(advice));
}

std::string skipped(const IndexAdvice& advice) {
  if (advice.skipped.empty()) return {};
  std::string out =
      "\n## Skipped: the advice says nothing about these\n\n| statement | reason |\n| --- | --- "
      "|\n";
  for (const advise::SkippedStatement& one : advice.skipped)
    out += fmt::format("| {} | {} |\n", markdown_code(one_line(one.id, 200)), cell(one.reason));
  return out;
}

}  // namespace

std::string index_advice_markdown(const IndexAdvice& advice) {
  std::string out = summary(advice) + new_indexes(advice) + old_indexes(advice, false) +
                    old_indexes(advice, true) + all_statements(advice) + skipped(advice) +
                    "\n## How it was found\n\n";
  const std::string bound = bound_sentence(advice);
  if (!bound.empty()) out += bound + "\n";
  return out + effort_sentence(advice) + "\n";
}

}  // namespace whet::report
