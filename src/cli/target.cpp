#include "cli/target.h"

#include <array>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "engine/mongodb/mongodb.h"
#include "engine/mysql/mysql.h"
#include "engine/postgres/postgres.h"

namespace whet::cli {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

Result<double> parse_with_units(const std::string& input, const std::vector<Unit>& units,
                                std::string_view example) {
  const std::string text = text::lower(text::trim(input));
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = text::to_double(text.substr(0, digits));
  const std::string unit(text::trim(std::string_view(text).substr(digits)));
  for (const Unit& one : units) {
    if (number && unit == one.name) return *number * one.factor;
  }
  return Error{ErrorKind::usage, fmt::format("'{}' is not understood.", input),
               fmt::format("Write it like {}.", example), ""};
}

std::string scheme_of(const std::string& target) {
  const std::size_t at = target.find("://");
  return at == std::string::npos ? std::string() : text::lower(target.substr(0, at));
}

/// "host=/run/postgresql dbname=shop". Anything else with a = is a URL with a typo, which may hold
/// a password: libpq would quote it.
bool is_keywords(const std::string& target) {
  const std::string name(text::trim(std::string_view(target).substr(0, target.find('='))));
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
}

engine::Renderer renderer_for(model::EngineKind engine) {
  switch (engine) {
    case model::EngineKind::postgresql:
      return &engine::postgres::render;
    case model::EngineKind::mysql:
    case model::EngineKind::mariadb:
      return &engine::mysql::render;
    case model::EngineKind::mongodb:
      return &engine::mongodb::render;
  }
  return nullptr;
}

}  // namespace

bool is_file(const std::string& target) {
  if (target == "-") return true;
  return !text::contains(target, "://") && !text::contains(target, "=");
}

Result<double> parse_duration(const std::string& text) {
  return parse_with_units(text,
                          {{"", 1},
                           {"ms", 1e-3},
                           {"s", 1},
                           {"m", 60},
                           {"min", 60},
                           {"h", 3600},
                           {"d", 86400},
                           {"w", 604800}},
                          "30s, 10m, 24h or 7d");
}

Result<std::int64_t> parse_size(const std::string& text) {
  const double bytes = WHET_TRY(parse_with_units(text,
                                                 {{"", 1},
                                                  {"b", 1},
                                                  {"kb", 1024.0},
                                                  {"mb", 1048576.0},
                                                  {"gb", 1073741824.0},
                                                  {"tb", 1099511627776.0}},
                                                 "512MB or 16GB"));
  return static_cast<std::int64_t>(bytes);
}

void add_target(CLI::App& command, TargetOptions& options, bool file_allowed) {
  command
      .add_option(
          "target", options.target,
          std::string(target_forms) + (file_allowed ? ", a libpq keyword string, or a snapshot file"
                                                    : ", or a libpq keyword string "
                                                      "(\"service=shop\")"))
      ->required();
  command
      .add_option_function<std::string>(
          "--window",
          [&options](const std::string& text) {
            const auto seconds = parse_duration(text);
            if (!seconds.ok()) throw CLI::ValidationError("--window", seconds.error().text());
            options.window_seconds = *seconds;
          },
          "time between the two samples (10s); 0 takes one sample")
      ->type_name("TIME");
  command.add_flag("--with-samples", options.with_samples,
                   "keep literals and sample values in the snapshot");
  command
      .add_option("--memory", options.memory,
                  "the server's memory, when Whet runs elsewhere (16GB)")
      ->type_name("SIZE");
  command.add_option("--cpus", options.cpus, "the server's CPUs, when Whet runs elsewhere")
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--min-history", options.min_history,
                  "counters must be this old before 'never used' counts (7d)")
      ->type_name("TIME");
  command.add_flag("--all-nodes-seen", options.all_nodes_seen,
                   "no replica reads with the target's indexes");
  command
      .add_option(
          "--log", options.log_files,
          "MongoDB: a log of the server (4.4 or later), for its slow operations; repeatable")
      ->type_name("FILE");
}

Result<std::unique_ptr<engine::Engine>> open_target(const TargetOptions& options,
                                                    Context& context) {
  const std::string scheme = scheme_of(options.target);
  engine::ConnectOptions connect;
  connect.url = options.target;
  if (scheme == "mysql" || scheme == "mariadb")
    return engine::mysql::open(connect, context.progress);
  if (scheme == "mongodb" || scheme == "mongodb+srv")
    return engine::mongodb::open(connect, context.progress);
  if (!scheme.empty() && scheme != "postgresql" && scheme != "postgres") {
    return Error{ErrorKind::usage,
                 fmt::format("'{}://' is not a kind of target that Whet knows.", scheme),
                 "Write postgresql://user@host:port/database, mysql://..., mariadb://... or "
                 "mongodb://...",
                 ""};
  }
  if (scheme.empty() && is_file(options.target)) {
    return Error{ErrorKind::usage, fmt::format("'{}' is not a target.", options.target),
                 "Write postgresql://user@host:port/database, mysql://..., mariadb://... or "
                 "mongodb://..., or libpq's keywords such as \"host=/run/postgresql dbname=shop\".",
                 ""};
  }
  if (scheme.empty() && !is_keywords(options.target)) {
    return Error{ErrorKind::usage, "The target is no URL that Whet knows.",
                 "Write postgresql://user@host:port/database, mysql://..., mariadb://... or "
                 "mongodb://...",
                 ""};
  }
  return engine::postgres::open(connect, context.progress);
}

Result<engine::CollectOptions> collect_options(const TargetOptions& options) {
  engine::CollectOptions collect;
  collect.window_seconds = options.window_seconds;
  collect.with_samples = options.with_samples;
  if (!options.memory.empty()) collect.stated_memory_bytes = WHET_TRY(parse_size(options.memory));
  for (const std::string& file : options.log_files) {
    std::error_code error;
    if (std::filesystem::exists(file, error)) continue;
    return Error{ErrorKind::usage, fmt::format("There is no log '{}'.", file),
                 "Give a file that mongod or mongos writes its log to.", ""};
  }
  collect.log_files = options.log_files;
  if (options.cpus > 0) collect.stated_cpus = options.cpus;
  return collect;
}

Result<advise::Policy> policy(const TargetOptions& options) {
  advise::Policy chosen;
  if (!options.min_history.empty()) {
    chosen.min_history_seconds = WHET_TRY(parse_duration(options.min_history));
    chosen.min_ratio_history_seconds =
        std::min(chosen.min_ratio_history_seconds, chosen.min_history_seconds);
  }
  chosen.all_nodes_seen = options.all_nodes_seen;
  return chosen;
}

void render_change(model::Change& change, const model::Server& server) {
  if (const engine::Renderer render = renderer_for(server.engine)) render(change, server);
}

void render_changes(std::vector<model::Finding>& findings, const model::Server& server) {
  for (model::Finding& finding : findings) {
    for (model::Change& change : finding.changes) render_change(change, server);
  }
}

}  // namespace whet::cli
