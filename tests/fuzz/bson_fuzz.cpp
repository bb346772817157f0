// Bytes of a server as BSON: whatever they are, they are refused, or read, written and read again
// to the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/mongodb/bson.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace mongodb = whet::engine::mongodb;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const auto value = mongodb::from_bson({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  const auto bytes = mongodb::to_bson(*value);
  if (!bytes) return 0;  // a decimal that is no number, for one
  const auto again = mongodb::from_bson(*bytes);
  if (!again || whet::mql::canonical_json(*again) != whet::mql::canonical_json(*value))
    std::abort();
  return 0;
}
