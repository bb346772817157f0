#include "advise/settings/mongodb_memory.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "advise/mongodb_server.h"
#include "base/text.h"
#include "base/units.h"

namespace whet::advise::settings {

namespace {

constexpr double smallest_cache = 256 * megabyte;

// Whole steps, so that two machines of nearly the same size hear the same.
double rounded_down(double bytes) {
  const double step = bytes >= 4 * gigabyte ? gigabyte : smallest_cache;
  return std::max(smallest_cache, std::floor(bytes / step) * step);
}

}  // namespace

std::string MongodbMemory::arithmetic() const {
  return fmt::format("{} cache + {} connections + {} an index build + {} the system = {} of {}",
                     text::bytes(cache), text::bytes(connections), text::bytes(builds),
                     text::bytes(system), text::bytes(total()), text::bytes(memory));
}

std::optional<MongodbMemory> mongodb_memory(const Facts& facts) {
  const auto memory = facts.memory_bytes();
  const double cache = status(facts, "wiredTiger.cache.maximum bytes configured");
  if (!memory || cache <= 0) return std::nullopt;
  MongodbMemory out;
  out.memory = *memory;
  out.cache = cache;
  const double sessions =
      std::max(status(facts, "connections.current"),
               static_cast<double>(facts.snapshot().activity.waits.peak_connections));
  out.connections = sessions * megabyte;
  // The text is in megabytes, whatever the setting's number is in.
  const std::string builds = facts.server().text("maxIndexBuildMemoryUsageMegabytes");
  out.builds = text::to_double(builds).value_or(200) * megabyte;
  out.system = std::max(0.1 * out.memory, smallest_cache);
  out.usual_cache = std::max(0.5 * (out.memory - gigabyte), smallest_cache);
  const double room = out.memory - out.connections - out.builds - out.system;
  out.advised_cache = rounded_down(std::min(out.usual_cache, room));
  return out;
}

}  // namespace whet::advise::settings
