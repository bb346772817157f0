#include "advise/index/mongodb_algebra.h"

#include <algorithm>
#include <array>

#include "advise/mongodb_index.h"

namespace whet::advise {

namespace {

using model::Index;
using model::IndexPart;
using model::Table;

// The server fills in a collation's members; {locale: "simple"} is none.
std::string collation_of(const Index& index) {
  const std::string text = canonical_document(index_option(index, "collation"));
  return text.find(R"("locale":"simple")") != std::string::npos ? "" : text;
}

bool same_kind(const Index& a, const IndexPart& ours, const Index& b, const IndexPart& theirs) {
  return ours.column == theirs.column && part_word(a, ours) == part_word(b, theirs);
}

/// What the two hold differently, as a clause; empty: the same documents, in the same order.
std::string differs(const Index& a, const Index& b) {
  if (index_flag(a, "sparse") != index_flag(b, "sparse")) return "one is sparse, the other is not";
  if (canonical_document(a.predicate) != canonical_document(b.predicate))
    return "they hold other documents (partialFilterExpression)";
  if (collation_of(a) != collation_of(b)) return "their collations differ";
  for (const std::string_view option : {"weights", "default_language", "language_override",
                                        "wildcardProjection", "bits", "min", "max"}) {
    if (canonical_document(index_option(a, option)) != canonical_document(index_option(b, option)))
      return "their " + std::string(option) + " differ";
  }
  return "";
}

/// `theirs` begins `ours`, all in the same direction or all in the other one.
bool begins(const Index& a, const Index& b) {
  if (b.parts.empty() || b.parts.size() > a.parts.size()) return false;
  bool turned = false;
  for (std::size_t i = 0; i < b.parts.size(); ++i) {
    if (!same_kind(a, a.parts[i], b, b.parts[i])) return false;
    if (!part_word(a, a.parts[i]).empty()) continue;
    const bool other_way = a.parts[i].descending != b.parts[i].descending;
    if (i > 0 && other_way != turned) return false;
    turned = other_way;
  }
  return true;
}

bool same_key(const Index& a, const Index& b) {
  return std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(),
                    [&](const IndexPart& ours, const IndexPart& theirs) {
                      return same_kind(a, ours, b, theirs) && ours.descending == theirs.descending;
                    });
}

/// The first path behind the common beginning that holds arrays: it would make A's entries many
/// for each document, which B's are not.
std::string added_array(const Table& table, const Index& a, const Index& b) {
  for (std::size_t i = b.parts.size(); i < a.parts.size(); ++i) {
    if (is_multikey_path(table, a.parts[i].column)) return a.parts[i].column;
  }
  return "";
}

/// A text or geo part leaves out documents that have none of it; a B-tree part in front of it does
/// not bring them back.
bool is_special(const Index& index) {
  return std::any_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
    const std::string word = part_word(index, part);
    return !word.empty() && word != "hashed";
  });
}

}  // namespace

std::string mongodb_must_stay(const Index& index) {
  if (index.primary) return "it is the index on _id";
  if (index.unique) return "it enforces uniqueness";
  if (index_flag(index, "prepareUnique")) return "it is becoming unique (prepareUnique)";
  if (is_ttl(index)) return "documents expire by it";
  if (index.shard_key) return "the shard key needs it";
  if (index_flag(index, "clustered")) return "the collection is clustered on it";
  return "";
}

Coverage mongodb_covers(const Table& table, const Index& a, const Index& b) {
  if (a.name == b.name) return {Cover::no, "it is the same index"};
  if (!a.usable() || a.building) return {Cover::no, a.name + " is not in use"};
  if (b.hidden || b.building) return {Cover::no, b.name + " is not in use"};
  if (const std::string reason = mongodb_must_stay(b); !reason.empty()) return {Cover::no, reason};
  if (is_wildcard(a) || is_wildcard(b))
    return {Cover::no, "a wildcard index serves one field of a query at a time"};
  if (!begins(a, b)) return {Cover::no, "the key of " + a.name + " does not begin with its key"};
  if (is_special(a) && !is_special(b))
    return {Cover::no, a.name + " leaves out documents without a " + a.method + " value"};
  if (std::string reason = differs(a, b); !reason.empty()) return {Cover::no, std::move(reason)};
  if (const std::string path = added_array(table, a, b); !path.empty())
    return {Cover::no, path + " holds arrays: " + a.name + " has an entry for each element"};
  if (a.parts.size() == b.parts.size())
    return {a.unique         ? Cover::covered_by_unique
            : same_key(a, b) ? Cover::identical
                             : Cover::reversed,
            a.name + " has the same key"};
  return {Cover::prefix, "the key of " + a.name + " begins with its key"};
}

}  // namespace whet::advise
