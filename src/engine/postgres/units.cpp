#include "engine/postgres/units.h"

#include <array>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace whet::engine::postgres {

namespace {

struct Named {
  std::string_view name;
  double factor;
};

constexpr std::array<Named, 5> memory{
    {{"TB", 1099511627776.0}, {"GB", 1073741824.0}, {"MB", 1048576.0}, {"kB", 1024.0}, {"B", 1.0}}};
constexpr std::array<Named, 6> times{
    {{"d", 86400.0}, {"h", 3600.0}, {"min", 60.0}, {"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}}};

template <std::size_t N>
std::string largest_whole(double value, const std::array<Named, N>& units, double smallest) {
  for (const auto& unit : units) {
    const double amount = value / unit.factor;
    const bool whole = std::abs(amount - std::round(amount)) <= 1e-8 * std::abs(amount);
    if (whole && std::abs(amount) >= 1 && unit.factor >= smallest)
      return json::format(std::round(amount)) + std::string(unit.name);
  }
  return json::format(value / units.back().factor) + std::string(units.back().name);
}

}  // namespace

Unit unit_of(std::string_view unit) {
  std::size_t digits = 0;
  while (digits < unit.size() && unit[digits] >= '0' && unit[digits] <= '9') ++digits;
  const double multiple = digits == 0 ? 1 : text::to_double(unit.substr(0, digits)).value_or(1);
  const std::string_view name = unit.substr(digits);
  for (const auto& known : memory) {
    if (known.name == name) return {known.factor * multiple, false, true};
  }
  for (const auto& known : times) {
    if (known.name == name) return {known.factor * multiple, true, true};
  }
  return {};
}

std::optional<double> base_value(std::string_view raw, std::string_view unit) {
  const auto number = text::to_double(raw);
  if (!number || *number == -1) return number;
  return *number * unit_of(unit).factor;
}

std::string shown_value(std::string_view raw, std::string_view unit) {
  const auto number = text::to_double(raw);
  const Unit known = unit_of(unit);
  if (!number || !known.known || *number <= 0) return std::string(raw);
  const double value = *number * known.factor;
  return known.is_time ? largest_whole(value, times, 0) : largest_whole(value, memory, 1);
}

std::string without_secret(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 5> telling{"secret", "password", "passphrase", "token",
                                                    "key"};
  const std::string lowered = text::lower(name);
  // The server's own settings have no dot; an application's may hold anything.
  bool secret = lowered == "ssl_passphrase_command" ||
                (lowered == "primary_conninfo" && text::contains(text::lower(value), "password"));
  if (text::contains(lowered, ".")) {
    for (const auto part : telling) secret = secret || text::contains(lowered, part);
  }
  return secret && !value.empty() ? "(hidden)" : std::string(value);
}

}  // namespace whet::engine::postgres
