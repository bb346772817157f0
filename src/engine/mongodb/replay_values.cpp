#include "engine/mongodb/replay_values.h"

#include <algorithm>
#include <array>
#include <utility>

namespace whet::engine::mongodb {
namespace {

using mql::Field;
using mql::Value;

constexpr int usual_limit = 20;           // of a page, when a limit was taken out
constexpr std::size_t prefix_length = 3;  // of a pattern that begins with a text
constexpr std::size_t list_length = 3;    // of a membership whose length is not known

template <std::size_t Size>
bool among(std::string_view name, const std::array<std::string_view, Size>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_operators(const Value& value) {
  return value.is_object() && !value.fields.empty() && value.fields.front().name.starts_with("$");
}

void collect(const Value& value, std::string_view path, std::vector<Value>& out) {
  if (value.is_array()) {
    for (const Field& element : value.fields) collect(element.value, path, out);
    return;
  }
  if (path.empty()) {
    out.push_back(value);
    return;
  }
  const std::size_t dot = path.find('.');
  const Value* next = value.find(path.substr(0, dot));
  if (next != nullptr)
    collect(*next, dot == std::string_view::npos ? "" : path.substr(dot + 1), out);
}

/// Fills one command; `failed` when something cannot be filled.
class Filler {
 public:
  Filler(const std::vector<Value>& documents, int turn)
      : documents_(documents), turn_(static_cast<std::size_t>(std::max(turn, 0))) {}

  void filter(Value& filter, const std::string& prefix);
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  /// The value of a document that has the path: of the one whose turn it is, or the next.
  std::optional<Value> draw(const std::string& path, std::size_t further = 0);
  void fill(Value& place, const std::string& path, std::size_t further = 0);
  void operators(Value& value, const std::string& path);
  void range(Value& value, const std::string& path);
  void list(Value& place, const std::string& path);
  void condition(Value& value, const std::string& path);

  const std::vector<Value>& documents_;
  std::size_t turn_;
  bool failed_ = false;
};

std::optional<Value> Filler::draw(const std::string& path, std::size_t further) {
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const auto values = values_at(documents_[(turn_ + further + i) % documents_.size()], path);
    if (!values.empty()) return values[turn_ % values.size()];
  }
  return std::nullopt;
}

void Filler::fill(Value& place, const std::string& path, std::size_t further) {
  auto drawn = draw(path, further);
  failed_ = failed_ || !drawn;
  if (drawn) place = *std::move(drawn);
}

void Filler::list(Value& place, const std::string& path) {
  const std::size_t wanted =
      place.is_array() && place.fields.size() > 1 ? place.fields.size() : list_length;
  Value values = Value::array({});
  for (std::size_t i = 0; i < wanted; ++i) {
    auto drawn = draw(path, i * 7);
    if (!drawn) break;
    const bool known = std::any_of(values.fields.begin(), values.fields.end(),
                                   [&](const Field& one) { return one.value == *drawn; });
    if (!known) values.push(*std::move(drawn));
  }
  failed_ = failed_ || values.fields.empty();
  place = std::move(values);
}

/// Both ends of a range: the smaller value below.
void Filler::range(Value& value, const std::string& path) {
  Value* low = nullptr;
  Value* high = nullptr;
  for (Field& field : value.fields) {
    if (field.value.type != mql::Type::placeholder) continue;
    if (field.name == "$gt" || field.name == "$gte") low = &field.value;
    if (field.name == "$lt" || field.name == "$lte") high = &field.value;
  }
  if (low != nullptr) fill(*low, path);
  if (high != nullptr) fill(*high, path, low == nullptr ? 0 : 1);
  if (low != nullptr && high != nullptr && mql::compare(*low, *high) > 0) std::swap(*low, *high);
}

void Filler::operators(Value& value, const std::string& path) {
  range(value, path);
  for (Field& field : value.fields) {
    if (!has_placeholders(field.value)) continue;
    constexpr std::array<std::string_view, 2> equalities = {"$eq", "$ne"};
    constexpr std::array<std::string_view, 3> lists = {"$in", "$nin", "$all"};
    if (among(field.name, equalities)) {
      condition(field.value, path);
    } else if (among(field.name, lists)) {
      list(field.value, path);
    } else if (field.name == "$not") {
      operators(field.value, path);
    } else if (field.name == "$elemMatch") {
      if (is_operators(field.value))
        operators(field.value, path);
      else
        filter(field.value, path + ".");
    } else if (field.name == "$regex") {
      auto drawn = draw(path);
      failed_ = failed_ || !drawn || !drawn->is_string();
      if (drawn && drawn->is_string())
        field.value = Value::of("^" + drawn->text.substr(0, prefix_length));
    } else {
      failed_ = true;  // $size, $mod, $near, ...: no value of the documents would be right
    }
  }
}

void Filler::condition(Value& value, const std::string& path) {
  if (value.type == mql::Type::placeholder) return fill(value, path);
  if (is_operators(value)) return operators(value, path);
  if (value.is_array()) return list(value, path);
  // A whole document that is compared: its members are at paths of their own.
  for (Field& field : value.fields) {
    if (has_placeholders(field.value)) condition(field.value, path + "." + field.name);
  }
}

void Filler::filter(Value& filter, const std::string& prefix) {
  for (Field& field : filter.fields) {
    if (!has_placeholders(field.value)) continue;
    constexpr std::array<std::string_view, 3> logical = {"$and", "$or", "$nor"};
    if (among(field.name, logical)) {
      for (Field& branch : field.value.fields) this->filter(branch.value, prefix);
    } else if (field.name.starts_with("$")) {
      failed_ = true;  // $expr, $text, $where, $jsonSchema
    } else {
      condition(field.value, prefix + field.name);
    }
  }
}

void settle_number(Value& body, std::string_view name, int usual) {
  if (Value* found = body.find(name); found != nullptr && has_placeholders(*found))
    *found = Value::of(usual);
}

/// Stages that hand the collection's documents on as they are.
bool keeps_documents(std::string_view stage) {
  constexpr std::array<std::string_view, 5> stages = {"$match", "$sort", "$limit", "$skip",
                                                      "$sample"};
  return among(stage, stages);
}

void fill_pipeline(Value& pipeline, Filler& filler) {
  bool same_documents = true;
  for (Field& one : pipeline.fields) {
    if (one.value.fields.empty()) continue;
    Field& stage = one.value.fields.front();
    if (stage.name == "$match" && same_documents) filler.filter(stage.value, "");
    if (stage.name == "$limit" && has_placeholders(stage.value))
      stage.value = Value::of(usual_limit);
    if (stage.name == "$skip" && has_placeholders(stage.value)) stage.value = Value::of(0);
    same_documents = same_documents && keeps_documents(stage.name);
  }
}

}  // namespace

bool has_placeholders(const Value& value) {
  if (value.type == mql::Type::placeholder) return true;
  return std::any_of(value.fields.begin(), value.fields.end(),
                     [](const Field& field) { return has_placeholders(field.value); });
}

std::vector<Value> values_at(const Value& document, std::string_view path) {
  std::vector<Value> out;
  collect(document, path, out);
  return out;
}

std::optional<Value> with_values(const mql::Command& command, const std::vector<Value>& documents,
                                 int turn) {
  Value body = command.body;
  Filler filler(documents, turn);
  for (const char* name : {"filter", "query"}) {
    if (Value* filter = body.find(name); filter != nullptr && filter->is_object())
      filler.filter(*filter, "");
  }
  if (Value* pipeline = body.find("pipeline")) fill_pipeline(*pipeline, filler);
  settle_number(body, "limit", usual_limit);
  settle_number(body, "skip", 0);
  if (filler.failed() || has_placeholders(body)) return std::nullopt;
  return body;
}

}  // namespace whet::engine::mongodb
