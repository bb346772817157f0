// Documents as the scripted MongoDB server gets and sends them: BSON through libbson, which is not
// what the engine uses, so that a mistake there cannot hide behind the same one here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mql/value.h"

namespace whet::testing::mongo {

[[nodiscard]] std::string bson_of(const mql::Value& document);
/// Nothing when the bytes are no document.
[[nodiscard]] std::optional<mql::Value> document_of(std::string_view bytes);

/// As the server's messages print it: { a: 1, name: "x" }.
[[nodiscard]] std::string printed(const mql::Value& value);

/// Extended JSON that a test wrote down. Fails the test when it is none.
[[nodiscard]] mql::Value json(std::string_view text);

}  // namespace whet::testing::mongo
