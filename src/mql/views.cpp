#include "mql/views.h"

#include <algorithm>

#include "base/text.h"
#include "mql/arrange.h"
#include "mql/shape_parts.h"
#include "mql/text_tokens.h"

namespace whet::mql {

namespace {

// What a find asks for, as stages.
void add_stages(const Value& body, Value& pipeline) {
  struct Member {
    std::string_view name, stage;
  };
  constexpr Member members[] = {{"filter", "$match"}, {"query", "$match"},
                                {"sort", "$sort"},    {"skip", "$skip"},
                                {"limit", "$limit"},  {"projection", "$project"}};
  for (const Member& member : members) {
    const Value* there = body.find(member.name);
    if (there == nullptr || (there->is_object() && there->fields.empty())) continue;
    pipeline.push(Value::object({{member.stage, *there}}));
  }
}

Value group_by(Value key) {
  return Value::object({{"$group", Value::object({{"_id", std::move(key)}})}});
}

std::optional<Value> stages_of(const Command& command) {
  Value out = Value::array({});
  if (command.verb == "aggregate") {
    const Value* pipeline = command.body.find("pipeline");
    return pipeline != nullptr && pipeline->is_array() ? *pipeline : out;
  }
  if (command.verb != "find" && command.verb != "count" && command.verb != "distinct") {
    return std::nullopt;
  }
  add_stages(command.body, out);
  if (command.verb == "count") out.push(group_by(Value::null()));
  if (command.verb == "distinct") {
    out.push(group_by(Value::of("$" + command.body.string_at("key"))));
  }
  return out;
}

bool begins_command(const Token& token) {
  if (token.kind == TokenKind::sign) return token.text == "{";
  return token.kind == TokenKind::name &&
         (token.text == "db" || token.text == "use" || token.text == "const" ||
          token.text == "let" || token.text == "var" || token.text == "await");
}

/// Cuts a text at its top level.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<std::string> run(const std::vector<Token>& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      const bool end = token.kind == TokenKind::end;
      const bool semicolon = depth_ == 0 && token.kind == TokenKind::sign && token.text == ";";
      const bool line =
          i > 0 && depth_ == 0 && begins_command(token) &&
          text_.substr(tokens[i - 1].end, token.begin - tokens[i - 1].end).find('\n') !=
              std::string_view::npos;
      if (end || semicolon || line) cut(token.begin);
      if (!semicolon && begin_ == std::string_view::npos) begin_ = token.begin;
      if (token.kind == TokenKind::sign) nest(token.text.front());
    }
    return std::move(out_);
  }

 private:
  void nest(char sign) {
    if (sign == '{' || sign == '[' || sign == '(') ++depth_;
    if ((sign == '}' || sign == ']' || sign == ')') && depth_ > 0) --depth_;
  }

  // The part that began at some token, without comments before it.
  void cut(std::size_t end) {
    if (begin_ == std::string_view::npos) return;
    const std::string_view part = text::trim(text_.substr(begin_, end - begin_));
    begin_ = std::string_view::npos;
    if (part.empty()) return;
    if (part.starts_with("use ") && part.find('(') == std::string_view::npos) {
      use_ = std::string(part) + "; ";
      return;
    }
    // A document has no place for it; the database is given apart then.
    out_.push_back((part.front() == '{' ? "" : use_) + std::string(part));
  }

  std::string_view text_;
  std::size_t begin_ = std::string_view::npos;
  int depth_ = 0;
  std::string use_;
  std::vector<std::string> out_;
};

void note_bounds(const Value& body, std::vector<ParameterPlace>& out) {
  for (const Field& field : body.fields) {
    const bool limit = field.name == "limit" || field.name == "$limit";
    const bool skip = field.name == "skip" || field.name == "$skip";
    const auto number = field.value.integer;
    if (field.value.type == Type::placeholder && (limit || skip) && number >= 1) {
      ParameterPlace& place = out[static_cast<std::size_t>(number - 1)];
      place.limit = limit;
      place.skip = skip;
    }
    note_bounds(field.value, out);
  }
}

}  // namespace

std::optional<Command> beneath_view(const Command& view, const Command& command) {
  const auto stages = stages_of(command);
  if (!stages || view.verb != "aggregate") return std::nullopt;
  Command out = view;
  if (out.database.empty()) out.database = command.database;
  Value* pipeline = out.body.find("pipeline");
  if (pipeline == nullptr || !pipeline->is_array()) return std::nullopt;
  for (const Field& stage : stages->fields) pipeline->push(stage.value);
  for (const char* option : {"hint", "collation", "let"}) {
    if (const Value* there = command.body.find(option)) out.body.set(option, *there);
  }
  return out;
}

std::vector<std::string> split_commands(std::string_view text) {
  const auto tokens = tokens_of(text);
  // What is no JavaScript is one command, which says so when it is read.
  if (!tokens.ok()) return {std::string(text::trim(text))};
  return Splitter(text).run(*tokens);
}

std::vector<ParameterPlace> parameters_of(const Command& command) {
  Value body = command.body;
  std::int64_t last = 0;
  number_placeholders(body, last);
  std::vector<ParameterPlace> out(static_cast<std::size_t>(last));
  for (std::size_t i = 0; i < out.size(); ++i) out[i].number = static_cast<std::int64_t>(i) + 1;
  note_bounds(body, out);
  const auto shape = shape_of(command);
  if (!shape.ok()) return out;
  for (const model::ShapeRelation& relation : shape->relations) {
    for (const model::Predicate& predicate : relation.predicates) {
      for (const std::int64_t number : predicate.parameters) {
        if (number < 1 || number > last) continue;
        ParameterPlace& place = out[static_cast<std::size_t>(number - 1)];
        if (!place.op.empty()) continue;
        place.database = relation.schema;
        place.collection = relation.table;
        place.column = predicate.column;
        place.expression = predicate.expression;
        place.op = predicate.op;
      }
    }
  }
  return out;
}

}  // namespace whet::mql
