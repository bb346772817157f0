#include "engine/mongodb/settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace whet::engine::mongodb {

namespace {

using mql::Type;
using Settings = std::vector<model::Setting>;

constexpr double kilobyte = 1024, minute = 60, hour = 3600;

/// A default of the manual, for the versions from `since` to before `until`.
struct Default {
  std::string_view name, value;
  std::int64_t since = 0, until = 0;  ///< 0: no bound
};

// Manual, "Configuration File Options".
constexpr std::array<Default, 12> option_defaults{
    {{"net.bindIp", "localhost"},
     {"net.port", "27017"},
     {"net.tls.mode", "disabled"},
     {"net.maxIncomingConnections", "65536", 0, 70000},
     {"security.authorization", "disabled"},
     {"security.javascriptEnabled", "true"},
     {"operationProfiling.mode", "off"},
     {"operationProfiling.slowOpThresholdMs", "100"},
     {"operationProfiling.slowOpSampleRate", "1.0"},
     {"storage.engine", "wiredTiger"},
     {"storage.directoryPerDB", "false"},
     {"storage.syncPeriodSecs", "60"}}};

// Manual, "MongoDB Server Parameters".
constexpr std::array<Default, 24> parameter_defaults{{
    {"allowDiskUseByDefault", "true", 60000},
    {"cursorTimeoutMillis", "600000"},
    {"diagnosticDataCollectionEnabled", "true"},
    {"enableFlowControl", "true"},
    {"enableLocalhostAuthBypass", "true"},
    {"flowControlTargetLagSeconds", "10"},
    {"internalQueryMaxBlockingSortMemoryUsageBytes", "104857600"},
    {"internalQueryFrameworkControl", "trySbeEngine", 60000, 70000},
    {"journalCommitInterval", "0"},
    {"localLogicalSessionTimeoutMinutes", "30"},
    {"logLevel", "0"},
    {"maxIndexBuildMemoryUsageMegabytes", "200"},
    {"maxLogSizeKB", "10"},
    {"maxNumActiveUserIndexBuilds", "3"},
    {"maxTransactionLockRequestTimeoutMillis", "5"},
    {"notablescan", "false"},
    {"quiet", "false"},
    {"syncdelay", "60"},
    {"traceExceptions", "false"},
    {"transactionLifetimeLimitSeconds", "60"},
    {"ttlMonitorEnabled", "true"},
    {"ttlMonitorSleepSecs", "60"},
    {"wiredTigerConcurrentReadTransactions", "128", 0, 70000},
    {"wiredTigerConcurrentWriteTransactions", "128", 0, 70000},
}};

constexpr std::array<Unit, 18> units{{{"GB", "GB", kilobyte* kilobyte* kilobyte},
                                      {"MB", "MB", kilobyte* kilobyte},
                                      {"KB", "kB", kilobyte},
                                      {"Megabytes", "MB", kilobyte* kilobyte},
                                      {"Bytes", "B", 1},
                                      {"Hours", "h", hour},
                                      {"Minutes", "min", minute},
                                      {"TimeLimitSeconds", "s", 1},
                                      {"Seconds", "s", 1},
                                      {"Secs", "s", 1},
                                      {"Millis", "ms", 1e-3},
                                      {"MillisDefault", "ms", 1e-3},
                                      {"ThresholdMs", "ms", 1e-3},
                                      {"MS", "ms", 1e-3},
                                      {"Ms", "ms", 1e-3},
                                      {"Micros", "us", 1e-6},
                                      {"syncdelay", "s", 1},
                                      {"IntervalMs", "ms", 1e-3}}};

bool holds(const Default& known, std::int64_t version) {
  return version >= known.since && (known.until == 0 || version < known.until);
}

bool is_secret(std::string_view name) {
  const std::string lowered = text::lower(name);
  return text::contains(lowered, "password") || text::contains(lowered, "secret") ||
         lowered.ends_with("passphrase");
}

std::string type_of(const mql::Value& value) {
  switch (value.type) {
    case Type::boolean:
      return "bool";
    case Type::int32:
    case Type::int64:
      return "integer";
    case Type::number_double:
      return "real";
    default:
      return "string";
  }
}

void give_number(model::Setting& setting) {
  const Unit* unit = unit_of(setting.name);
  if (unit != nullptr) setting.unit = unit->unit;
  const double factor = unit != nullptr ? unit->factor : 1;
  if (const auto number = text::to_double(setting.value)) setting.number = *number * factor;
  if (const auto number = text::to_double(setting.default_value))
    setting.default_number = *number * factor;
}

model::Setting setting_of(std::string name, const mql::Value& value) {
  model::Setting setting;
  setting.name = std::move(name);
  setting.type = type_of(value);
  setting.value = is_secret(setting.name) ? "<masked>" : plain_text(value);
  return setting;
}

void add_options(const mql::Value& value, const std::string& name, Settings& out) {
  if (!value.is_object()) {
    auto setting = setting_of(name, value);
    setting.source = "configuration";
    setting.context = "startup";
    give_number(setting);
    out.push_back(std::move(setting));
    return;
  }
  for (const auto& field : value.fields) {
    add_options(field.value, name.empty() ? field.name : name + "." + field.name, out);
  }
}

void add_option_defaults(Settings& out, std::int64_t version) {
  for (const auto& known : option_defaults) {
    const bool given = std::any_of(out.begin(), out.end(),
                                   [&](const auto& setting) { return setting.name == known.name; });
    if (given || !holds(known, version)) continue;
    model::Setting setting;
    setting.name = known.name;
    setting.value = setting.default_value = known.value;
    setting.source = "default";
    setting.context = "startup";
    give_number(setting);
    out.push_back(std::move(setting));
  }
}

/// `tls: requireTLS` was `ssl: requireSSL` up to 4.0, and still may be written so; bind_ip_all is
/// an address of its own.
void settle_names(Settings& out) {
  for (auto& setting : out) {
    if (setting.name.starts_with("net.ssl.")) setting.name.replace(4, 3, "tls");
    if (setting.name == "net.tls.mode")
      setting.value = text::replace_all(setting.value, "SSL", "TLS");
  }
  const auto all = std::find_if(out.begin(), out.end(), [](const auto& setting) {
    return setting.name == "net.bindIpAll" && setting.value == "true";
  });
  if (all == out.end()) return;
  std::erase_if(out, [](const auto& setting) { return setting.name == "net.bindIp"; });
  model::Setting address;
  address.name = "net.bindIp";
  address.value = "0.0.0.0,::";
  address.source = "configuration";
  address.context = "startup";
  out.push_back(std::move(address));
}

/// Documents by their members, with dotted names.
void add_members(const mql::Value& value, const std::string& name, Settings& out) {
  if (!value.is_object() || value.fields.empty()) {
    out.push_back(setting_of(name, value));
    return;
  }
  for (const auto& field : value.fields) add_members(field.value, name + "." + field.name, out);
}

std::string context_of(const mql::Value& details) {
  if (details.flag_at("settableAtRuntime")) return "runtime";
  return details.flag_at("settableAtStartup") ? "startup" : "internal";
}

void judge_source(model::Setting& setting, const mql::Value* given, std::int64_t version) {
  for (const auto& known : parameter_defaults) {
    if (known.name == setting.name && holds(known, version)) setting.default_value = known.value;
  }
  if (given != nullptr && given->find(setting.name) != nullptr) {
    setting.source = "setParameter";
  } else {
    const bool differs = !setting.default_value.empty() && setting.value != setting.default_value;
    setting.source = differs ? "set at runtime" : "default";
  }
}

}  // namespace

std::string plain_text(const mql::Value& value) {
  if (value.is_string()) return value.text;
  if (value.is_array() && std::all_of(value.fields.begin(), value.fields.end(),
                                      [](const auto& f) { return f.value.is_string(); })) {
    std::vector<std::string> texts;
    for (const auto& field : value.fields) texts.push_back(field.value.text);
    return text::join(texts, ",");
  }
  return mql::relaxed_json(value);
}

const Unit* unit_of(std::string_view name) {
  for (const auto& unit : units) {
    if (name.ends_with(unit.suffix)) return &unit;
  }
  return nullptr;
}

Settings settings_of_start(const mql::Value& reply, std::int64_t version) {
  Settings out;
  if (const mql::Value* parsed = reply.find("parsed")) add_options(*parsed, "", out);
  settle_names(out);
  add_option_defaults(out, version);
  return out;
}

Settings settings_of_parameters(const mql::Value& reply, const mql::Value& start,
                                std::int64_t version) {
  Settings out;
  const mql::Value* given = start.at("parsed.setParameter");
  for (const auto& field : reply.fields) {
    if (field.name == "ok" || field.name.starts_with("$") || field.name == "operationTime")
      continue;
    const mql::Value* value = field.value.find("value");
    const bool detailed = value != nullptr && field.value.find("settableAtRuntime") != nullptr;
    if (!detailed) value = &field.value;
    const std::string context = detailed ? context_of(field.value) : std::string();
    const std::size_t first = out.size();
    add_members(*value, field.name, out);
    for (std::size_t i = first; i < out.size(); ++i) {
      out[i].context = context;
      judge_source(out[i], given, version);
      give_number(out[i]);
    }
  }
  return out;
}

Settings settings_of_cluster(const mql::Value& reply) {
  Settings out;
  const mql::Value* parameters = reply.find("clusterParameters");
  if (parameters == nullptr) return out;
  for (const auto& parameter : parameters->fields) {
    const std::string name = parameter.value.string_at("_id");
    for (const auto& member : parameter.value.fields) {
      if (member.name == "_id" || member.name == "clusterParameterTime" || name.empty()) continue;
      add_members(member.value, name + "." + member.name, out);
    }
  }
  for (auto& setting : out) {
    setting.context = "runtime";
    give_number(setting);
  }
  return out;
}

}  // namespace whet::engine::mongodb
