// Snapshots come from other people's machines: any bytes must give a snapshot or an Error, a
// snapshot that was read must be written and read again as itself, and every check must survive its
// facts. Case files (tests/cases) are taken too: they are the seeds that reach deep into the
// checks.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "advise/check.h"
#include "base/json.h"
#include "fuzz/mutate.h"
#include "model/json.h"

// libFuzzer's interface.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t limit);

namespace {

using whet::model::Snapshot;

whet::Result<Snapshot> read(std::string_view text) {
  auto snapshot = whet::model::snapshot_from_json(text);
  if (snapshot.ok()) return snapshot;
  const auto document = WHET_TRY(whet::json::Document::parse(text));
  const whet::json::View part = document.root()["snapshot"];
  if (!part.present()) return snapshot;
  auto made = WHET_TRY(whet::model::partial_snapshot(part));
  made.format = whet::model::snapshot_format;
  if (made.server.version.empty()) made.server.version = "0";
  return made;
}

std::string_view view_of(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's interface
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto snapshot = read(view_of(data, size));
  if (!snapshot.ok()) {
    if (snapshot.error().text().empty()) std::abort();
    return 0;
  }
  const std::string once = whet::model::to_json(*snapshot);
  const auto again = whet::model::snapshot_from_json(once);
  if (!again.ok() || whet::model::to_json(*again) != once) std::abort();
  // Reading in pieces and reading the whole tree give the same.
  const auto document = whet::json::Document::parse(once);
  if (!document.ok()) std::abort();
  const auto whole = whet::model::partial_snapshot(document->root());
  if (!whole.ok() || whet::model::to_json(*whole) != once) std::abort();
  const whet::advise::Facts facts(*snapshot, whet::advise::Policy{});
  const auto findings = whet::advise::run_checks(facts, whet::advise::Selection{});
  // The same facts give the same findings, byte for byte, from memory and from the file.
  const whet::advise::Facts same(*again, whet::advise::Policy{});
  if (whet::model::to_json(whet::advise::run_checks(same, whet::advise::Selection{})) !=
      whet::model::to_json(findings))
    std::abort();
  return 0;
}

#ifdef WHET_LIBFUZZER
/// Mostly changes values in a document that stays one; sometimes bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t limit, unsigned seed) {
  whet::fuzz::Random random(seed);
  auto snapshot = read(view_of(data, size));
  if (!snapshot.ok() || whet::fuzz::pick(random, 8) == 0)
    return LLVMFuzzerMutate(data, size, limit);
  const std::size_t changes = 1 + whet::fuzz::pick(random, 4);
  for (std::size_t i = 0; i < changes; ++i) whet::fuzz::mutate(*snapshot, random);
  snapshot->format = whet::model::snapshot_format;
  if (snapshot->server.version.empty()) snapshot->server.version = "0";
  const std::string text = whet::model::to_json(*snapshot, 0);
  if (text.size() > limit) return LLVMFuzzerMutate(data, size, limit);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
#endif
