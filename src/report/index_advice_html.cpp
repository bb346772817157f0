// An index advice as one offline HTML file.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/analysis.h"
#include "report/html.h"
#include "report/index_advice.h"
#include "report/index_advice_words.h"

namespace whet::report {

namespace {

using advise::IndexAdvice;
using advise::NewIndex;
using advise::OldIndex;
using advise::StatementAdvice;

/// Statements shown under one index; all are in the page's table.
constexpr std::size_t gaining_at_most = 25;
constexpr std::size_t row_width = 110;
constexpr std::size_t text_at_most = 4000;

std::string safe(std::string_view text) { return escape_xml(one_line(text)); }

std::string paragraph(std::string_view text, std::string_view kind = "") {
  if (text.empty()) return {};
  return fmt::format("<p class=\"{}\">{}</p>\n", kind, safe(text));
}

std::string tile(std::string_view figure, std::string_view label) {
  return fmt::format("<div class=\"tile\"><b>{}</b>{}</div>", safe(figure), safe(label));
}

std::string tiles(const IndexAdvice& advice) {
  std::string out = "<div class=\"tiles\">";
  const std::string ratio = ratio_text(total_before(advice), total_after(advice));
  const auto blank = ratio.find("x ");
  if (blank != std::string::npos)
    out += tile(ratio.substr(0, blank + 1), ratio.substr(blank + 2) + " (estimated)");
  out += tile(std::to_string(advice.create.size()), "to make");
  if (advice.bytes > 0) out += tile(text::bytes(advice.bytes), "of new indexes");
  out += tile(std::to_string(to_drop(advice)), "to drop");
  if (freed_bytes(advice) > 0) out += tile(text::bytes(freed_bytes(advice)), "freed");
  out += tile(std::to_string(advice.statements.size()), "statements planned");
  if (!advice.skipped.empty()) out += tile(std::to_string(advice.skipped.size()), "skipped");
  return out + "</div>\n";
}

/// The scale of all bars of the page, so that they compare.
struct Scale {
  double largest = 0;
  explicit Scale(const IndexAdvice& advice) {
    for (const StatementAdvice& one : advice.statements)
      largest = std::max({largest, one.before, one.after});
  }
  [[nodiscard]] std::string bar(double cost, std::string_view kind) const {
    // A page read is about 1: what costs less is nothing to see.
    constexpr double smallest = 0.5;
    return fmt::format("<div class=\"bar {}\" style=\"width:{:.1f}%\"></div>", kind,
                       html_bar_width(cost, smallest, largest));
  }
};

std::string ratio_tag(const StatementAdvice& one) {
  const std::string ratio = ratio_text(one.before, one.after);
  const std::string_view kind = ratio.ends_with("cheaper")  ? "good"
                                : ratio.ends_with("dearer") ? "bad"
                                                            : "";
  return fmt::format("<span class=\"tag {}\">{}</span>", kind, ratio);
}

std::string plan_changes(const StatementAdvice& one) {
  if (one.changes.empty()) return {};
  std::string out = "<table><tr><th>reads</th><th>before</th><th>after</th></tr>";
  for (const advise::AccessChange& change : one.changes) {
    out += fmt::format("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                       safe(change.relation), safe(change.before), safe(change.after));
  }
  return out + "</table>";
}

std::string statement_details(const StatementAdvice& one) {
  std::string out = "<details><summary><code>" +
                    escape_xml(one_line(one.text.empty() ? one.id : one.text, row_width)) +
                    "</code></summary>";
  out += "<pre>" +
         escape_xml(text::shorten(text::replace_all(one.text, "\r", "\n"), text_at_most)) +
         "</pre>" + plan_changes(one);
  if (!one.uses.empty())
    out += "<p class=\"soft\">Uses " + safe(text::join(one.uses, ", ")) + "</p>";
  return out + "<p class=\"soft\">" + safe(one.id) + "</p></details>";
}

std::string statement_row(const StatementAdvice& one, const Columns& columns, const Scale& scale) {
  return fmt::format(
      "<tr><td>{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td "
      "class=\"bars\">{}{}</td><td>{}</td></tr>\n",
      statement_details(one),
      columns.calls ? "<td class=\"n\">" + calls_text(one) + "</td>" : std::string(),
      cost_text(one.before, columns), cost_text(one.after, columns),
      scale.bar(one.before, "before"), scale.bar(one.after, "after"), ratio_tag(one));
}

std::string statement_table(const std::vector<const StatementAdvice*>& statements,
                            const Columns& columns, const Scale& scale) {
  std::string out = fmt::format(
      "<table><tr><th>statement</th>{}<th class=\"n\">before</th><th "
      "class=\"n\">after</th><th></th><th></th></tr>\n",
      columns.calls ? "<th class=\"n\">calls an hour</th>" : "");
  for (const StatementAdvice* one : statements) out += statement_row(*one, columns, scale);
  return out + "</table>\n";
}

std::string change_lines(const model::Change& change) {
  std::string out;
  if (!change.action.statement.empty())
    out += "<pre>" + escape_xml(change.action.statement) + ";</pre>";
  if (!change.reason.empty()) out += paragraph(change.reason);
  for (const std::string& one : change.preconditions) out += paragraph("Must hold: " + one, "soft");
  if (!change.action.inverse.empty())
    out += "<p class=\"soft\">Way back: <code>" + escape_xml(change.action.inverse) + "</code></p>";
  return out;
}

std::string gaining(const IndexAdvice& advice, const NewIndex& index, const StatementsById& by_id,
                    const Scale& scale) {
  auto statements = by_id.of(index);
  const std::size_t all = statements.size();
  if (all == 0) return {};
  if (all > gaining_at_most) statements.resize(gaining_at_most);
  std::string out = "<p><b>Statements that use it</b></p>" +
                    statement_table(statements, columns_of(advice), scale);
  if (all > statements.size())
    out += paragraph(std::to_string(all - statements.size()) + " more in the table of all below.",
                     "soft");
  return out;
}

std::string new_index(const IndexAdvice& advice, const NewIndex& index, const StatementsById& by_id,
                      const Scale& scale) {
  std::string out = fmt::format(
      "<details class=\"finding low\"><summary><b>{}</b> · saves {} of the workload · "
      "{}<br><code>{}</code>"
      "</summary><div>",
      text::bytes(index.bytes), share_text(index),
      text::plural(static_cast<std::int64_t>(index.statements.size()), "statement", "statements"),
      escape_xml(index_target(index)));
  out += change_lines(index.change) + "<table>";
  for (const auto& [name, value] : index_facts(advice, index))
    out += fmt::format("<tr><td class=\"soft\">{}</td><td>{}</td></tr>", name, escape_xml(value));
  if (!index.upkeep_arithmetic.empty())
    out += "<tr><td class=\"soft\">Upkeep reckoned</td><td>" + safe(index.upkeep_arithmetic) +
           "</td></tr>";
  return out + "</table>" + gaining(advice, index, by_id, scale) + "</div></details>\n";
}

std::string old_index(const IndexAdvice& advice, const OldIndex& index) {
  std::string out =
      fmt::format("<details class=\"finding {}\"><summary><b>{}</b> · {}<br>{}</summary><div>",
                  index.watch ? "info" : "medium", text::bytes(index.bytes),
                  escape_xml(index_subject(index)), escape_xml(drop_reason(index)));
  if (index.upkeep > 0)
    out +=
        paragraph("Upkeep that goes with it: " + cost_in_words(advice, index.upkeep) + " an hour.");
  if (!index.watch) {
    model::Change change = index.change;
    if (change.reason == index.evidence) change.reason.clear();  // it stands above
    out += change_lines(change);
    if (!index.change.locks.empty()) out += paragraph("Locks: " + index.change.locks, "soft");
  }
  return out + "</div></details>\n";
}

std::string old_indexes(const IndexAdvice& advice, bool watch) {
  std::string out;
  for (const OldIndex& one : advice.drop) {
    if (one.watch == watch) out += old_index(advice, one);
  }
  if (out.empty()) return out;
  return (watch ? std::string("<h2>Watched: nothing is done to these yet</h2>\n")
                : std::string("<h2>Indexes to drop</h2>\n")) +
         out;
}

std::string new_indexes(const IndexAdvice& advice, const Scale& scale) {
  if (advice.create.empty()) return {};
  const StatementsById by_id(advice);
  std::string out = "<h2>Indexes to make</h2>\n";
  for (const NewIndex& one : advice.create) out += new_index(advice, one, by_id, scale);
  return out;
}

std::string all_statements(const IndexAdvice& advice, const Scale& scale) {
  if (advice.statements.empty()) return {};
  std::vector<const StatementAdvice*> all;
  all.reserve(advice.statements.size());
  for (const StatementAdvice& one : advice.statements) all.push_back(&one);
  return "<h2>Statements</h2>\n<p class=\"legend soft\">Estimated " +
         std::string(cost_words(advice)) +
         " of one call:<span "
         "class=\"before\"></span>before<span class=\"after\"></span>after (logarithmic "
         "bars)</p>\n" +
         statement_table(all, columns_of(advice), scale);
}

std::string skipped(const IndexAdvice& advice) {
  if (advice.skipped.empty()) return {};
  std::string out =
      "<h2>Skipped: the advice says nothing about these</h2>\n<details><summary>" +
      text::plural(static_cast<std::int64_t>(advice.skipped.size()), "statement", "statements") +
      "</summary><table><tr><th>statement</th><th>reason</th></tr>\n";
  for (const advise::SkippedStatement& one : advice.skipped) {
    out += "<tr><td><code>" + escape_xml(one_line(one.id, 200)) + "</code></td><td>" +
           safe(one.reason) + "</td></tr>\n";
  }
  return out + "</table></details>\n";
}

}  // namespace

std::string index_advice_html(const IndexAdvice& advice) {
  const Scale scale(advice);
  std::string out = "<h1>Index advice</h1>" + paragraph(oracle_sentence(advice), "soft") +
                    tiles(advice) + "<p><b>" + safe(headline(advice)) + "</b></p>\n" +
                    paragraph(cost_sentence(advice)) + paragraph(disk_sentence(advice)) +
                    paragraph(stopped_sentence(advice));
  for (const std::string& note : advice.notes) out += paragraph(note, "soft");
  out += new_indexes(advice, scale) + old_indexes(advice, false) + old_indexes(advice, true) +
         all_statements(advice, scale) + skipped(advice);
  out += "<h2>How it was found</h2>\n" + paragraph(bound_sentence(advice)) +
         paragraph(effort_sentence(advice), "soft");
  return html_page("Whet: index advice", out);
}

}  // namespace whet::report
