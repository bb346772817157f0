#include "advise/sizes/predicate.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "sql/tokens.h"

namespace whet::advise {

namespace {

using Tokens = std::span<const sql::Token>;

// selfuncs.h and clausesel.c
constexpr double inequality = 1.0 / 3;
constexpr double pattern = 0.005;
constexpr double unknown_flag = 0.5;
constexpr double unknown_equality = 0.005;
constexpr int deepest = 50;  // hostile text must not exhaust the stack

bool is_word(const sql::Token& token, std::string_view word) {
  return token.kind == sql::TokenKind::word && text::lower(token.text) == word;
}

bool is_symbol(const sql::Token& token, char symbol) {
  return token.kind == sql::TokenKind::symbol && token.text.front() == symbol;
}

int depth_change(const sql::Token& token) {
  if (is_symbol(token, '(') || is_symbol(token, '[')) return 1;
  return is_symbol(token, ')') || is_symbol(token, ']') ? -1 : 0;
}

/// The parts between the word at the top level: {whole} when it is not there.
std::vector<Tokens> split_at(Tokens tokens, std::string_view word) {
  std::vector<Tokens> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    depth += depth_change(tokens[i]);
    if (depth != 0 || !is_word(tokens[i], word)) continue;
    parts.push_back(tokens.subspan(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(tokens.subspan(begin));
  return parts;
}

/// Without parentheses around the whole.
Tokens bare(Tokens tokens) {
  while (tokens.size() > 2 && is_symbol(tokens.front(), '(') && is_symbol(tokens.back(), ')')) {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      depth += depth_change(tokens[i]);
      if (depth == 0) return tokens;  // (a) = (b)
    }
    tokens = tokens.subspan(1, tokens.size() - 2);
  }
  return tokens;
}

std::string name_of(const sql::Token& token) {
  if (token.kind != sql::TokenKind::quoted) return text::lower(token.text);
  const std::string_view inner =
      token.text.substr(1, token.text.size() - std::min<std::size_t>(token.text.size(), 2));
  return text::replace_all(std::string(inner), "\"\"", "\"");
}

std::string value_of(const sql::Token& token) {
  if (token.kind != sql::TokenKind::string || token.text.size() < 2) return std::string(token.text);
  const std::string_view inner = token.text.substr(1, token.text.size() - 2);
  return text::replace_all(std::string(inner), "''", "'");
}

/// May stand in `::character varying(20)[]`.
bool of_type(const sql::Token& token) {
  return token.kind == sql::TokenKind::word || token.kind == sql::TokenKind::integer ||
         (token.kind == sql::TokenKind::symbol &&
          std::string_view(":()[],").find(token.text.front()) != std::string_view::npos);
}

/// A column, perhaps with casts: `status`, `(status)::text`. Nothing for anything else.
const model::Column* column_in(const model::Table& table, Tokens tokens) {
  tokens = bare(tokens);
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!is_symbol(tokens[i], ':') || !is_symbol(tokens[i + 1], ':')) continue;
    if (!std::all_of(tokens.begin() + static_cast<std::ptrdiff_t>(i), tokens.end(), of_type))
      return nullptr;
    tokens = bare(tokens.first(i));
    break;
  }
  if (tokens.size() != 1) return nullptr;
  const auto kind = tokens.front().kind;
  if (kind != sql::TokenKind::word && kind != sql::TokenKind::quoted) return nullptr;
  return table.column(name_of(tokens.front()));
}

double null_share(const model::Column& column) {
  return column.stats ? column.stats->null_fraction : 0;
}

double equality(const model::Column& column, double rows, const std::string& value) {
  if (!column.stats) return unknown_equality;
  const model::ColumnStats& stats = *column.stats;
  const double distinct =
      std::max(1.0, stats.distinct >= 0 ? stats.distinct : -stats.distinct * rows);
  if (stats.samples.empty() || stats.samples.size() > stats.common_frequencies.size())
    return stats.distinct == 0 ? unknown_equality : (1 - stats.null_fraction) / distinct;
  double rest = 1 - stats.null_fraction;
  for (std::size_t i = 0; i < stats.samples.size(); ++i) {
    if (stats.samples[i] == value) return stats.common_frequencies[i];
    rest -= stats.common_frequencies[i];
  }
  const double others = distinct - static_cast<double>(stats.samples.size());
  return others < 1 ? 0 : std::max(rest, 0.0) / others;
}

double flag(const model::Column& column, double rows, bool wanted) {
  if (!column.stats || column.stats->samples.empty())
    return unknown_flag * (1 - null_share(column));
  return equality(column, rows, wanted ? "t" : "f");
}

class Estimator {
 public:
  explicit Estimator(const model::Table& table) : table_(table) {
    rows_ = std::max(1.0, table.row_estimate.value_or(table.rows()));
  }

  double estimate(Tokens tokens, int depth, PredicateEffect* effect) {
    tokens = bare(tokens);
    if (tokens.empty() || depth > deepest) return 1;
    if (const auto either = split_at(tokens, "or"); either.size() > 1) {
      double none = 1;
      for (const Tokens part : either) none *= 1 - estimate(part, depth + 1, nullptr);
      return 1 - none;
    }
    if (const auto both = split_at(tokens, "and"); both.size() > 1) {
      double all = 1;
      for (const Tokens part : both) all *= estimate(part, depth + 1, effect);
      return all;
    }
    if (is_word(tokens.front(), "not")) return negation(tokens.subspan(1), depth, effect);
    return leaf(tokens, effect);
  }

 private:
  double negation(Tokens tokens, int depth, PredicateEffect* effect) {
    if (const model::Column* column = column_in(table_, tokens)) {
      note(effect, *column, Held::constant);
      return flag(*column, rows_, false);
    }
    return std::clamp(1 - estimate(tokens, depth + 1, nullptr), 0.0, 1.0);
  }

  double leaf(Tokens tokens, PredicateEffect* effect) {
    if (const model::Column* column = column_in(table_, tokens)) {
      note(effect, *column, Held::constant);
      return flag(*column, rows_, true);
    }
    if (const auto share = after_is(tokens, effect)) return *share;
    return comparison(tokens, effect);
  }

  std::optional<double> after_is(Tokens tokens, PredicateEffect* effect) {
    const auto parts = split_at(tokens, "is");
    if (parts.size() != 2 || parts[1].empty()) return std::nullopt;
    const model::Column* column = column_in(table_, parts[0]);
    const bool negated = is_word(parts[1].front(), "not");
    const Tokens what = negated ? parts[1].subspan(1) : parts[1];
    if (what.empty()) return std::nullopt;
    if (is_word(what.front(), "null")) {
      if (column == nullptr) return negated ? 1 - unknown_equality : unknown_equality;
      note(effect, *column, negated ? Held::not_null : Held::null);
      return negated ? 1 - null_share(*column) : null_share(*column);
    }
    if (column == nullptr) return unknown_flag;
    const double share = flag(*column, rows_, is_word(what.front(), "true"));
    if (negated) return 1 - share;
    note(effect, *column, Held::constant);
    return share;
  }

  double comparison(Tokens tokens, PredicateEffect* effect) {
    int depth = 0;
    std::size_t at = 0;
    for (; at < tokens.size(); ++at) {
      depth += depth_change(tokens[at]);
      if (depth == 0 &&
          (is_symbol(tokens[at], '=') || is_symbol(tokens[at], '<') || is_symbol(tokens[at], '>') ||
           is_symbol(tokens[at], '!') || is_symbol(tokens[at], '~') || is_word(tokens[at], "like")))
        break;
    }
    if (at == tokens.size()) return inequality;
    const model::Column* column = column_in(table_, tokens.first(at));
    std::string op;
    std::size_t end = at;
    while (end < tokens.size() && tokens[end].kind == sql::TokenKind::symbol &&
           std::string_view("<>=!~*").find(tokens[end].text.front()) != std::string_view::npos)
      op += tokens[end++].text;
    if (column != nullptr && op != "=") note(effect, *column, Held::not_null);
    if (op == "<>" || op == "!=")
      return std::max(0.0, 1 - (column != nullptr ? null_share(*column) : 0) -
                               equal_to(column, tokens.subspan(end), nullptr));
    if (op == "=") return equal_to(column, tokens.subspan(end), effect);
    const bool ordered = op == "<" || op == ">" || op == "<=" || op == ">=";
    return ordered ? inequality : pattern;
  }

  /// = value, = ANY (ARRAY[values]) and = ANY ('{values}').
  double equal_to(const model::Column* column, Tokens value, PredicateEffect* effect) {
    if (column == nullptr || value.empty()) return unknown_equality;
    const bool any = is_word(value.front(), "any");
    note(effect, *column, any ? Held::not_null : Held::constant);
    double share = 0;
    std::string sign;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto kind = value[i].kind;
      if (is_symbol(value[i], '-')) sign = "-";
      const bool boolean = is_word(value[i], "true") || is_word(value[i], "false");
      if (kind != sql::TokenKind::string && kind != sql::TokenKind::integer &&
          kind != sql::TokenKind::number && !boolean)
        continue;
      if (i > 0 && is_symbol(value[i - 1], '(') && i > 1 && is_word(value[i - 2], "varying"))
        continue;  // the modifier of a cast
      const std::string text =
          boolean ? std::string(1, text::lower(value[i].text).front()) : sign + value_of(value[i]);
      share += one_or_list(*column, text, any);
      if (!any) break;
    }
    return std::clamp(share > 0 ? share : equality(*column, rows_, "\x01"), 0.0, 1.0);
  }

  double one_or_list(const model::Column& column, const std::string& text, bool any) const {
    if (!any || text.size() < 2 || text.front() != '{') return equality(column, rows_, text);
    double share = 0;
    for (const auto& item : text::split(std::string_view(text).substr(1, text.size() - 2), ','))
      share += equality(column, rows_, text::replace_all(item, "\"", ""));
    return share;
  }

  static void note(PredicateEffect* effect, const model::Column& column, Held held) {
    if (effect != nullptr) effect->columns[column.name] = held;
  }

  const model::Table& table_;
  double rows_;
};

}  // namespace

PredicateEffect predicate_effect(const model::Table& table, std::string_view predicate) {
  PredicateEffect effect;
  std::vector<sql::Token> all = sql::tokens(predicate);
  std::erase_if(all, [](const sql::Token& token) { return token.kind == sql::TokenKind::space; });
  if (all.empty()) return effect;
  effect.share = std::clamp(Estimator(table).estimate(all, 0, &effect), 0.0, 1.0);
  return effect;
}

}  // namespace whet::advise
