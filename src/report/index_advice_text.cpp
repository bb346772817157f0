// An index advice for people at a terminal.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/index_advice.h"
#include "report/index_advice_words.h"

namespace whet::report {

namespace {

using advise::IndexAdvice;
using advise::NewIndex;
using advise::OldIndex;
using advise::StatementAdvice;

/// Lines without -v. The new indexes get what the rest leaves of a screen.
constexpr std::size_t screen_lines = 40;
constexpr std::size_t new_lines_at_least = 6;
constexpr std::size_t old_lines = 4;
/// Lines that the key of one new index takes at most without -v.
constexpr std::size_t key_lines = 3;
/// Statements shown under one index with -v; all are listed below anyway.
constexpr std::size_t gaining_at_most = 10;

bool brief(const Style& style) { return style.verbosity == 0; }

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::int64_t count_of(std::size_t n) { return static_cast<std::int64_t>(n); }

/// Whole lines in that ink.
std::string inked(const Style& style, Ink ink, std::string_view lines) {
  return paint(style, ink, lines.substr(0, lines.size() - 1)) + "\n";
}

std::string title(const Style& style, std::string_view text) {
  return "\n" + paint(style, Ink::bold, text) + "\n";
}

/// Foreign text as wrapped lines, at most `lines` of them without -v.
std::string lines_of(const Style& style, std::string_view text, std::size_t indent,
                     std::size_t lines) {
  const std::size_t room = style.width > indent + 10 ? style.width - indent : 40;
  return wrap(style, brief(style) ? one_line(text, room * lines - lines * 8) : one_line(text),
              indent);
}

/// Items until the lines are used up, and how many are left. Everything with -v.
std::string listed(const std::vector<std::string>& items, std::size_t at_most, const Style& style) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    used += lines_in(items[i]);
    if (brief(style) && i > 0 && used > at_most)
      return out + paint(style, Ink::dim, fmt::format("  {} more: -v", items.size() - i)) + "\n";
    out += items[i];
  }
  return out;
}

std::string statement_line(const StatementAdvice& one, const Columns& columns, const Style& style,
                           std::size_t indent) {
  const std::size_t used = indent + 42 + (columns.calls ? 11 : 0);
  const std::size_t room = style.width > used + 24 ? style.width - used : 24;
  const std::string ratio = ratio_text(one.before, one.after);
  const Ink ink = ratio.ends_with("cheaper")  ? Ink::green
                  : ratio.ends_with("dearer") ? Ink::red
                                              : Ink::dim;
  std::string out = std::string(indent, ' ') +
                    fmt::format("{:>11} {:>11}  ", cost_text(one.before, columns),
                                cost_text(one.after, columns)) +
                    paint(style, ink, fmt::format("{:<16}", ratio));
  if (columns.calls) out += fmt::format("{:>9}  ", calls_text(one));
  out += one_line(one.text.empty() ? one.id : one.text, room) + "\n";
  return out;
}

std::string statement_head(bool with_calls, std::size_t indent, const Style& style) {
  return paint(style, Ink::dim,
               std::string(indent, ' ') +
                   fmt::format("{:>11} {:>11}  {:<16}", "before", "after", "") +
                   (with_calls ? fmt::format("{:>9}  ", "calls/h") : "") + "statement") +
         "\n";
}

std::string plan_changes(const StatementAdvice& one, std::size_t indent, const Style& style) {
  std::string out;
  for (const advise::AccessChange& change : one.changes) {
    out += wrap(
        style,
        one_line(change.relation) + ": " + one_line(change.before) + " → " + one_line(change.after),
        indent);
  }
  return out;
}

std::string gaining(const IndexAdvice& advice, const NewIndex& index, const StatementsById& by_id,
                    const Style& style) {
  const auto statements = by_id.of(index);
  if (statements.empty()) return {};
  const Columns columns = columns_of(advice);
  std::string out = "     Statements that use it (estimated " + std::string(cost_words(advice)) +
                    " of one call):\n" + statement_head(columns.calls, 5, style);
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (i == gaining_at_most) {
      out += paint(style, Ink::dim,
                   fmt::format("       {} more, in the list of all statements below",
                               statements.size() - i)) +
             "\n";
      break;
    }
    out +=
        statement_line(*statements[i], columns, style, 5) + plan_changes(*statements[i], 20, style);
  }
  return out;
}

std::string new_index(const IndexAdvice& advice, std::size_t at, const StatementsById& by_id,
                      const Style& style) {
  const NewIndex& index = advice.create[at];
  std::string target = lines_of(style, index_target(index), 5, key_lines);
  const std::string number = fmt::format("{:>3}. ", at + 1);
  target.replace(0, number.size(), number);
  std::string out = inked(style, Ink::bold, target);
  out += wrap(style,
              fmt::format("{} · saves {} · {} · {}", text::bytes(index.bytes), share_text(index),
                          text::plural(count_of(index.statements.size()), "statement uses it",
                                       "statements use it"),
                          upkeep_text(advice, index)),
              5);
  if (brief(style)) return out;
  if (!index.change.action.statement.empty())
    out += inked(style, Ink::green, wrap(style, one_line(index.change.action.statement) + ";", 5));
  for (const auto& [name, value] : index_facts(advice, index))
    out += wrap(style, fmt::format("{}: {}", name, value), 5);
  if (style.verbosity > 1 && !index.upkeep_arithmetic.empty())
    out += wrap(style, "Upkeep reckoned: " + one_line(index.upkeep_arithmetic), 5);
  return (at > 0 ? "\n" : "") + out + gaining(advice, index, by_id, style);
}

std::string new_indexes(const IndexAdvice& advice, std::size_t lines, const Style& style) {
  if (advice.create.empty()) return {};
  const StatementsById by_id(advice);
  std::vector<std::string> items;
  for (std::size_t i = 0; i < advice.create.size(); ++i)
    items.push_back(new_index(advice, i, by_id, style));
  return title(style, "Indexes to make, and the share of the workload's cost that each saves") +
         listed(items, lines, style);
}

std::string old_index(const IndexAdvice& advice, const OldIndex& index, const Style& style) {
  std::string out = lines_of(style, index_subject(index), 5, 1);
  out.replace(0, 5, "   - ");
  out.insert(out.size() - 1, " · " + text::bytes(index.bytes));
  const std::string why = drop_reason(index);
  if (!why.empty()) out += lines_of(style, why, 5, 2);
  if (brief(style)) return out;
  if (index.watch) return out;
  if (!index.change.action.statement.empty())
    out += inked(style, Ink::green, wrap(style, one_line(index.change.action.statement) + ";", 5));
  if (!index.change.locks.empty()) out += wrap(style, "Locks: " + one_line(index.change.locks), 5);
  if (index.upkeep > 0)
    out += wrap(style,
                "Upkeep that goes with it: " + cost_in_words(advice, index.upkeep) + " an hour", 5);
  return out;
}

std::string old_indexes(const IndexAdvice& advice, const Style& style) {
  std::vector<std::string> items;
  for (const OldIndex& one : advice.drop) {
    if (!one.watch) items.push_back(old_index(advice, one, style));
  }
  return items.empty() ? "" : title(style, "Indexes to drop") + listed(items, old_lines, style);
}

std::string watched_indexes(const IndexAdvice& advice, const Style& style) {
  if (watched(advice) == 0) return {};
  std::vector<std::string> names;
  std::string details;
  for (const OldIndex& one : advice.drop) {
    if (!one.watch) continue;
    names.push_back(one.name);
    details += old_index(advice, one, style);
  }
  if (!brief(style)) return title(style, "Watched: nothing is done to these yet") + details;
  const std::string head = fmt::format("Watched, not dropped: {}: ", names.size());
  const std::size_t room = style.width > head.size() + 20 ? style.width - head.size() : 20;
  return "\n" + head + one_line(text::join(names, ", "), room) + "\n";
}

std::string skipped(const IndexAdvice& advice, const Style& style) {
  if (advice.skipped.empty()) return {};
  const std::string count =
      text::plural(count_of(advice.skipped.size()), "statement was", "statements were");
  if (!brief(style)) {
    std::string out = title(style, "Skipped: the advice says nothing about these");
    for (const advise::SkippedStatement& one : advice.skipped)
      out += wrap(style, one_line(one.id, 200) + ": " + one_line(one.reason), 2);
    return out;
  }
  const auto reasons = skip_reasons(advice);
  std::string out = count + " skipped";
  if (reasons.size() == 1) return "\n" + lines_of(style, out + ": " + reasons[0].first, 0, 2);
  out += fmt::format(", for {} reasons; {} of them: {}", reasons.size(), reasons[0].second,
                     reasons[0].first);
  return "\n" + lines_of(style, out, 0, 2);
}

std::string all_statements(const IndexAdvice& advice, const Style& style) {
  if (brief(style) || advice.statements.empty()) return {};
  const Columns columns = columns_of(advice);
  std::string out = title(style, "All statements (estimated " + std::string(cost_words(advice)) +
                                     " of one call)") +
                    statement_head(columns.calls, 2, style);
  for (const StatementAdvice& one : advice.statements)
    out += statement_line(one, columns, style, 2);
  return out;
}

std::string head(const IndexAdvice& advice, const Style& style) {
  const bool good = !advice.create.empty() || to_drop(advice) > 0;
  std::string out = inked(style, good ? Ink::green : Ink::bold, wrap(style, headline(advice), 0));
  for (const std::string& line : {cost_sentence(advice), disk_sentence(advice)}) {
    if (!line.empty()) out += wrap(style, line, 0);
  }
  const std::string stopped = stopped_sentence(advice);
  if (!stopped.empty()) out += inked(style, Ink::yellow, wrap(style, stopped, 0));
  return out;
}

std::string foot(const IndexAdvice& advice, const Style& style) {
  constexpr std::size_t notes_at_most = 2;
  std::string out = "\n" + wrap(style, oracle_sentence(advice), 0);
  for (std::size_t i = 0; i < advice.notes.size(); ++i) {
    if (brief(style) && i == notes_at_most) {
      out +=
          paint(style, Ink::dim, fmt::format("{} more notes: -v", advice.notes.size() - i)) + "\n";
      break;
    }
    out += lines_of(style, advice.notes[i], 0, 3);
  }
  if (brief(style)) {
    if (!advice.create.empty() || !advice.drop.empty() || !advice.skipped.empty())
      out += paint(style, Ink::dim, "-v shows every statement, plan and lock.") + "\n";
    return out;
  }
  const std::string bound = bound_sentence(advice);
  if (!bound.empty()) out += wrap(style, bound, 0);
  return out + wrap(style, effort_sentence(advice), 0);
}

}  // namespace

std::string index_advice_text(const IndexAdvice& advice, const Style& style) {
  const std::string before = head(advice, style);
  const std::string after = old_indexes(advice, style) + watched_indexes(advice, style) +
                            all_statements(advice, style) + skipped(advice, style) +
                            foot(advice, style);
  // A blank line, the title, and how many more there are.
  const std::size_t used = lines_in(before) + lines_in(after) + 3;
  const std::size_t left = used < screen_lines ? screen_lines - used : 0;
  return before + new_indexes(advice, std::max(left, new_lines_at_least), style) + after;
}

}  // namespace whet::report
