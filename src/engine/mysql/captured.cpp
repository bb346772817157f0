#include "engine/mysql/captured.h"

#include <algorithm>
#include <tuple>

#include "sql/mysql/fingerprint.h"
#include "sql/mysql/normalize.h"
#include "sql/mysql/tokens.h"

namespace whet::engine::mysql {

namespace {

/// What is read of a text in the process list.
constexpr std::size_t process_list_text = 65536;

std::string key_of(std::string_view schema, const std::string& fingerprint) {
  return std::string(schema) + "/" + fingerprint;
}

}  // namespace

bool is_complete(std::string_view text, std::size_t limit, const sql::mysql::Mode& mode) {
  if (text.empty() || text.size() >= limit || sql::mysql::truncated(text, mode)) return false;
  for (const auto& token : sql::mysql::code_tokens(text, mode)) {
    if (token.kind == sql::mysql::TokenKind::param) return false;
  }
  return true;
}

Texts::Texts(Collector& collector)
    : c_(collector),
      mode_(sql::mysql::mode_of(collector.snapshot.server)),
      limit_(process_list_text) {
  if (c_.performance_schema) {
    limit_ = static_cast<std::size_t>(
        c_.snapshot.server.number("performance_schema_max_sql_text_length").value_or(1024));
  }
  for (const auto& statement : c_.snapshot.workload.statements) {
    if (statement.own) continue;
    known_.insert(statement.id);
    by_fingerprint_.emplace(key_of(statement.database, statement.fingerprint), statement.id);
  }
  for (auto& captured : c_.collected.captured) {
    if (is_complete(captured.text, limit_, mode_))
      texts_[captured.statement_id].insert(std::move(captured.text));
  }
  c_.collected.captured.clear();
}

std::string Texts::id_of_text(std::string_view schema, std::string_view text) {
  if (text.empty()) return {};
  const auto at = by_fingerprint_.find(key_of(schema, sql::mysql::fingerprint(text, mode_)));
  return at == by_fingerprint_.end() ? std::string() : at->second;
}

void Texts::keep(const std::string& id, std::string_view schema, const std::string& text) {
  // Without digests of running statements the shape has to do.
  const std::string owner = known_.contains(id) ? id : id_of_text(schema, text);
  if (owner.empty() || !is_complete(text, limit_, mode_)) return;
  auto& texts = texts_[owner];
  if (texts.size() < texts_of_one_statement) texts.insert(text);
}

void Texts::store() {
  auto& captured = c_.collected.captured;
  for (const auto& [id, texts] : texts_) {
    for (const auto& text : texts) captured.push_back({id, text});
  }
  if (!c_.options.with_samples) return;
  for (auto& statement : c_.snapshot.workload.statements) {
    const auto at = texts_.find(statement.id);
    if (at != texts_.end()) statement.samples.assign(at->second.begin(), at->second.end());
  }
}

}  // namespace whet::engine::mysql
