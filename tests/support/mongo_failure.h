// How a command of the scripted MongoDB server fails. Thrown inside the server only.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "mql/value.h"

namespace whet::testing::mongo {

struct Failure : std::exception {
  Failure(int c, std::string n, std::string t, mql::Value m = mql::Value::object({}))
      : code(c), name(std::move(n)), text(std::move(t)), more(std::move(m)) {}
  [[nodiscard]] const char* what() const noexcept override { return text.c_str(); }

  int code;
  std::string name;  ///< codeName
  std::string text;  ///< errmsg
  mql::Value more;   ///< further fields of the reply

  [[nodiscard]] mql::Value reply() const {
    mql::Value out = mql::Value::object({{"ok", mql::Value::of(0.0)},
                                         {"errmsg", mql::Value::of(text)},
                                         {"code", mql::Value::of(code)},
                                         {"codeName", mql::Value::of(name)}});
    for (const mql::Field& field : more.fields) out.set(field.name, field.value);
    return out;
  }
};

}  // namespace whet::testing::mongo
