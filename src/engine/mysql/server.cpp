// What the server is; its plugins and components.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/mysql/collector.h"

namespace whet::engine::mysql {

namespace {

struct Mark {
  std::string_view part, flavour;
};

/// Providers say so in the version, its comment, or where the server lies.
std::string flavour_of(std::string_view version, std::string_view comment, std::string_view base) {
  constexpr std::array<Mark, 9> marks{{{"aurora", "aurora"},
                                       {"rdsdbbin", "rds"},
                                       {"amazon", "rds"},
                                       {"google", "cloudsql"},
                                       {"azure", "azure"},
                                       {"heatwave", "heatwave"},
                                       {"mysql-cloud", "heatwave"},
                                       {"percona", "percona"},
                                       {"tidb", "tidb"}}};
  const std::string all =
      text::lower(std::string(version) + " " + std::string(comment) + " " + std::string(base));
  for (const auto& mark : marks) {
    if (text::contains(all, mark.part)) return std::string(mark.flavour);
  }
  return {};
}

/// SUPER, or what 8.0 made of it, on everything.
bool is_superuser(const Rows& grants) {
  for (int i = 0; i < grants.size(); ++i) {
    const std::string_view grant = grants.text(i, 0);
    if (!text::contains(grant, " ON *.* ")) continue;
    if (grant.starts_with("GRANT ALL PRIVILEGES") || text::contains(grant, "SUPER") ||
        text::contains(grant, "SYSTEM_VARIABLES_ADMIN"))
      return true;
  }
  return false;
}

void collect_identity(Collector& c) {
  auto& server = c.snapshot.server;
  server.engine = c.connection.fork();
  server.version_number = c.version();
  const std::string identifier = c.connection.mariadb() ? "@@server_id" : "@@server_uuid";
  const auto rows =
      c.read("the server's identity", "SELECT @@version, @@version_comment, " + identifier +
                                          ", @@basedir, @@datadir, "
                                          "UNIX_TIMESTAMP(NOW(6)), CURRENT_USER()");
  if (!rows || rows->empty()) return;
  Row row(*rows, 0);
  const std::string version = row.text(), comment = row.text();
  server.version = version.substr(0, version.find('-'));
  server.system_identifier = row.text();
  server.flavour = flavour_of(version, comment, row.text());
  server.data_directory = row.text();
  c.now = row.number();
  c.snapshot.collected_at = c.now;
  server.current_role = row.text();
  if (const auto grants = c.read_if_possible("SHOW GRANTS"))
    server.superuser = is_superuser(*grants);
}

void collect_page_size(Collector& c) {
  const auto rows = c.read("InnoDB's page size", "SELECT @@innodb_page_size");
  if (!rows || rows->empty()) return;
  c.page_bytes = Row(*rows, 0).integer();
  c.snapshot.server.block_bytes = c.page_bytes;
}

void find_performance_schema(Collector& c) {
  const auto on = c.read_if_possible("SELECT @@performance_schema");
  if (!on || on->empty() || !Row(*on, 0).flag()) {
    c.note("statements, waits, locks and I/O from performance_schema", "performance_schema is off.",
           "Set performance_schema=ON in the option file and restart the server.");
    return;
  }
  const auto allowed = c.read("statements, waits, locks and I/O from performance_schema",
                              "SELECT ENABLED FROM performance_schema.setup_consumers LIMIT 1",
                              c.grant("SELECT ON performance_schema.*"));
  c.performance_schema = allowed.has_value();
}

}  // namespace

void collect_server(Collector& c) {
  c.snapshot.target = c.connection.target();
  collect_identity(c);
  collect_page_size(c);
  find_performance_schema(c);
  c.statistics_tables =
      c.read("InnoDB's own statistics of tables and indexes",
             "SELECT 1 FROM mysql.innodb_table_stats, mysql.innodb_index_stats LIMIT 1",
             c.grant("SELECT ON mysql.innodb_table_stats") + " " +
                 c.grant("SELECT ON mysql.innodb_index_stats"))
          .has_value();
}

void collect_extensions(Collector& c) {
  auto& extensions = c.snapshot.server.extensions;
  // Built-in plugins have no library of their own.
  if (const auto rows = c.read("plugins",
                               "SELECT PLUGIN_NAME, PLUGIN_TYPE, PLUGIN_VERSION FROM "
                               "information_schema.PLUGINS WHERE PLUGIN_STATUS = "
                               "'ACTIVE' AND PLUGIN_LIBRARY IS NOT NULL ORDER BY 1")) {
    for (int i = 0; i < rows->size(); ++i) {
      Row row(*rows, i);
      model::Extension extension;
      extension.name = text::lower(row.view());
      extension.schema = text::lower(row.view());
      extension.version = row.text();
      c.snapshot.server.preloaded.push_back(extension.name);
      extensions.push_back(std::move(extension));
    }
  }
  if (c.has(Feature::components)) {
    if (const auto rows = c.read("components", "SELECT component_urn FROM mysql.component",
                                 c.grant("SELECT ON mysql.component"))) {
      for (int i = 0; i < rows->size(); ++i) {
        const std::string urn(rows->text(i, 0));
        const std::size_t slash = urn.rfind('/');
        extensions.push_back(
            {slash == std::string::npos ? urn : urn.substr(slash + 1), "component", "1", ""});
      }
    }
  }
  std::sort(extensions.begin(), extensions.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace whet::engine::mysql
