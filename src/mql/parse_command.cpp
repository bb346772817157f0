#include <array>

#include "base/text.h"
#include "mql/command.h"
#include "mql/text_methods.h"
#include "mql/text_parser.h"

namespace whet::mql {

namespace {

/// Reads db.<...>.<method>(...).<cursor's methods>.
class ChainParser {
 public:
  ChainParser(std::string_view text, std::vector<Token> tokens, std::string database)
      : parser_(text, std::move(tokens)) {
    target_.database = std::move(database);
  }

  Result<Command> run() {
    WHET_TRY_VOID(skip_preamble());
    if (!parser_.is_name("db")) {
      return parser_.wrong("A command begins with db. or {",
                           "Write db.orders.find({status: \"open\"}) or {find: \"orders\"}.");
    }
    parser_.take();
    WHET_TRY_VOID(read_target());
    WHET_TRY_VOID(read_cursor_methods());
    while (parser_.accept(";")) {
    }
    if (parser_.peek().kind != TokenKind::end) {
      return parser_.wrong("The command ends here, but there is more",
                           "Give one command at a time.");
    }
    auto made = command_of(command_, target_.database);
    if (!made.ok())
      return parser_.wrong_at(method_at_, cut(made.error().message), made.error().hint);
    return made;
  }

 private:
  // A sentence without its full stop, which comes after the position.
  static std::string cut(std::string message) {
    while (message.ends_with('.')) message.pop_back();
    return message;
  }

  // `use shop`, `const x = await`.
  Status skip_preamble() {
    if (parser_.is_name("use")) {
      parser_.take();
      if (parser_.peek().kind != TokenKind::name)
        return parser_.wrong("A database's name is missing");
      target_.database = parser_.take().text;
      parser_.accept(";");
    }
    if (parser_.is_name("var") || parser_.is_name("let") || parser_.is_name("const")) {
      parser_.take();
      parser_.take();
      if (!parser_.accept("=")) return parser_.wrong("A = is missing");
    }
    while (parser_.is_name("await") || parser_.is_name("return")) parser_.take();
    return {};
  }

  void step_into(const std::string& name) {
    target_.collection += (target_.collection.empty() ? "" : ".") + name;
  }

  // db["order-items"]
  Result<bool> read_bracket() {
    if (!parser_.accept("[")) return false;
    if (parser_.peek().kind != TokenKind::string) {
      return parser_.wrong("A collection's name in quotes is missing");
    }
    step_into(parser_.take().text);
    if (!parser_.accept("]")) return parser_.wrong("A ] is missing");
    return true;
  }

  Result<std::string> text_argument(std::string_view method) {
    const std::size_t at = parser_.peek().begin;
    const Arguments list = WHET_TRY(parser_.arguments());
    if (list.size() == 1 && list[0].is_string() && !list[0].text.empty()) return list[0].text;
    return parser_.wrong_at(at, std::string(method) + "() needs a name in quotes");
  }

  // Methods that only say where; false: it is another one, whose arguments are not read yet.
  Result<bool> read_whereabouts(const std::string& method) {
    if (method == "getSiblingDB" || method == "getSisterDB" || method == "getDB") {
      target_.database = WHET_TRY(text_argument(method));
      return true;
    }
    if (method == "getCollection") {
      step_into(WHET_TRY(text_argument(method)));
      return true;
    }
    if (method == "getMongo" || method == "explain") {
      WHET_TRY(parser_.arguments());
      return true;
    }
    return false;
  }

  Status read_target() {
    for (;;) {
      if (WHET_TRY(read_bracket())) continue;
      if (!parser_.accept(".")) {
        return parser_.wrong("A method is missing, as .find({...})",
                             "Write db.orders.find({status: \"open\"}).");
      }
      const Token name = parser_.take();
      if (name.kind != TokenKind::name) {
        return parser_.wrong_at(name.begin, "A name is missing after the dot",
                                "Names with other characters go into db[\"order-items\"].");
      }
      if (!parser_.accept("(")) {
        step_into(name.text);
        continue;
      }
      if (WHET_TRY(read_whereabouts(name.text))) continue;
      const Arguments list = WHET_TRY(parser_.arguments());
      method_at_ = name.begin;
      auto made = sent_by(target_, name.text, list);
      if (!made.ok()) return parser_.wrong_at(name.begin, made.error().message, made.error().hint);
      command_ = *std::move(made);
      return {};
    }
  }

  Status read_cursor_methods() {
    while (parser_.accept(".")) {
      const Token name = parser_.take();
      if (name.kind != TokenKind::name || !parser_.accept("(")) {
        return parser_.wrong_at(name.begin, "A method of the cursor is missing, as .limit(5)");
      }
      if (takes_functions(name.text)) {
        WHET_TRY_VOID(parser_.skip_arguments());
        continue;
      }
      const Arguments list = WHET_TRY(parser_.arguments());
      const Status changed = changed_by(command_, name.text, list);
      if (!changed.ok()) {
        return parser_.wrong_at(name.begin, changed.error().message, changed.error().hint);
      }
    }
    return {};
  }

  TextParser parser_;
  Target target_;
  Value command_;
  std::size_t method_at_ = 0;
};

Result<Command> parse_document(std::string_view text, std::string_view database) {
  auto document = parse_json(text);
  if (!document.ok()) {
    TextParser parser(text, WHET_TRY(tokens_of(text)));
    document = parser.value();
    if (document.ok() && parser.peek().kind != TokenKind::end) {
      return parser.wrong("The command ends here, but there is more",
                          "Give one command at a time.");
    }
    if (!document.ok()) return document.error();
  }
  return command_of(*document, database);
}

}  // namespace

Result<Command> parse_command(std::string_view written, std::string_view database) {
  // BSON's strings are UTF-8, whatever a file holds.
  const std::string valid = text::valid_utf8(written);
  const std::string_view text = text::trim(valid);
  if (text.empty()) {
    return Error{ErrorKind::invalid, "The command's text is empty.",
                 "Write it as in mongosh: db.orders.find({status: \"open\"}).", ""};
  }
  if (text.front() == '{') return parse_document(text, database);
  return ChainParser(text, WHET_TRY(tokens_of(text)), std::string(database)).run();
}

}  // namespace whet::mql
