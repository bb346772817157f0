// Snapshots come from other people's machines: any bytes must give a snapshot or an Error, and a
// snapshot that was read must be written and read again as itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "advise/check.h"
#include "model/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto snapshot = whet::model::snapshot_from_json(text);
  if (!snapshot.ok()) return 0;
  const std::string once = whet::model::to_json(*snapshot);
  const auto again = whet::model::snapshot_from_json(once);
  if (!again.ok() || whet::model::to_json(*again) != once) std::abort();
  // Checks must survive whatever facts they are given.
  const whet::advise::Facts facts(*snapshot, whet::advise::Policy{});
  (void)whet::advise::run_checks(facts, whet::advise::Selection{});
  return 0;
}
