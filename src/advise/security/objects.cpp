// Rights that objects hand out: schemas, functions, row security.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "advise/build.h"
#include "advise/check.h"
#include "advise/naming.h"
#include "base/text.h"

namespace whet::advise::security {
namespace {

using model::Namespace;
using model::Role;
using model::Severity;
using model::SubjectKind;
using model::Table;

// Somebody must be able to log in who gains by what everybody may do.
bool others_may_log_in(const Facts& facts, const std::string& owner) {
  const auto& roles = facts.server().roles;
  return roles.empty() || std::any_of(roles.begin(), roles.end(), [&](const Role& role) {
           return role.can_login && !role.superuser && role.name != owner;
         });
}

void public_create(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Namespace& space : facts.schema().namespaces) {
    if (!space.public_create || !others_may_log_in(facts, space.owner)) continue;
    model::Finding finding;
    finding.severity = Severity::low;
    finding.subject = named(SubjectKind::schema, space.name);
    finding.title = fmt::format("Everybody may create objects in schema {}", space.name);
    finding.detail =
        "A function or operator put there can be called in place of the one that was meant, with "
        "the rights of whoever calls it. Take the right away, and grant it to those who need it. "
        "New databases of PostgreSQL 15 and later do not give it.";
    finding.evidence = {fact("CREATE for PUBLIC", "yes", "pg_namespace.nspacl"),
                        fact("owner", space.owner, "pg_namespace.nspowner")};
    finding.changes = {manual("security.public_create/" + space.name,
                              "Take CREATE on schema " + space.name + " from PUBLIC",
                              "REVOKE CREATE ON SCHEMA " + sql_name(space.name) + " FROM PUBLIC;")};
    finding.references = {"https://www.postgresql.org/docs/current/ddl-schemas.html"};
    out.push_back(std::move(finding));
  }
}

void definer(const Facts& facts, std::vector<model::Finding>& out) {
  const auto& spaces = facts.schema().namespaces;
  const bool anybody_creates = std::any_of(
      spaces.begin(), spaces.end(), [](const Namespace& space) { return space.public_create; });
  for (const model::Function& function : facts.schema().functions) {
    if (!function.security_definer || function.search_path_set || !function.extension.empty() ||
        function.language == "c" || function.language == "internal")
      continue;
    const std::string name = sql_name(function.schema, function.name);
    model::Finding finding;
    finding.severity =
        function.public_execute && anybody_creates ? Severity::medium : Severity::low;
    finding.subject = {SubjectKind::function, function.schema, "", function.name};
    finding.title = fmt::format("{}({}) runs with its owner's rights and its caller's search_path",
                                name, function.arguments);
    finding.detail =
        "The caller chooses what an unqualified name in the function means (with a temporary table "
        "at least), and the owner's rights are used for it. Fix the search_path on the function, "
        "pg_temp last.";
    finding.evidence = {
        fact("SECURITY DEFINER", "yes", "pg_proc.prosecdef"),
        fact("search_path set on it", "no", "pg_proc.proconfig"),
        fact("everybody may call it", function.public_execute ? "yes" : "no", "pg_proc.proacl"),
        fact("a schema in which everybody may create", anybody_creates ? "yes" : "no",
             "pg_namespace.nspacl")};
    finding.changes = {
        manual("security.definer_without_search_path/" + name + "(" + function.arguments + ")",
               "Fix the search_path of " + name,
               fmt::format("ALTER FUNCTION {}({}) SET search_path = {}, pg_temp;", name,
                           function.arguments, sql_name(function.schema)))};
    finding.references = {"https://www.postgresql.org/docs/current/sql-createfunction.html"};
    out.push_back(std::move(finding));
  }
}

void policies_without_row_security(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (table->row_security || table->policies.empty()) continue;
    std::vector<std::string> names;
    for (const model::Policy& policy : table->policies) names.push_back(policy.name);
    const auto number = static_cast<std::int64_t>(names.size());
    model::Finding finding;
    finding.severity = Severity::medium;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} has {} without effect: row security is off", table->qualified(),
                                text::plural(number, "policy", "policies"));
    finding.detail =
        "Policies filter nothing until row security is enabled on the table: every role that may "
        "read it sees all rows. Enable it, after a test that the roles of your programs still see "
        "what they must, or drop the policies.";
    finding.evidence = {fact("row security", "off", "pg_class.relrowsecurity"),
                        fact("policies", text::join(names, ", "), "pg_policy.polname")};
    finding.changes = {manual("security.policies_without_row_security/" + table->qualified(),
                              "Enable row security on " + table->qualified(),
                              "ALTER TABLE " + sql_name(*table) + " ENABLE ROW LEVEL SECURITY;")};
    finding.references = {"https://www.postgresql.org/docs/current/ddl-rowsecurity.html"};
    out.push_back(std::move(finding));
  }
}

void row_security_without_policies(const Facts& facts, std::vector<model::Finding>& out) {
  for (const Table* table : facts.user_tables()) {
    if (!table->row_security || !table->policies.empty()) continue;
    model::Finding finding;
    finding.severity = Severity::info;
    finding.subject = table_subject(*table);
    finding.title = fmt::format("{} has row security but no policy: only its owner sees rows",
                                table->qualified());
    finding.detail =
        "Without a policy everything is denied to all but the owner and exempt roles, silently: "
        "queries return no rows instead of an error. Right for a table that is closed on purpose.";
    finding.evidence = {fact("row security", "on", "pg_class.relrowsecurity"),
                        count("policies", 0, "pg_policy")};
    finding.references = {"https://www.postgresql.org/docs/current/ddl-rowsecurity.html"};
    out.push_back(std::move(finding));
  }
}

const Register create{
    {
        .id = "security.public_create",
        .area = Area::security,
        .severity = Severity::low,
        .engines = postgresql,
        .summary = "A schema in which everybody may create objects",
        .why = "A planted function can run with another role's rights.",
        .privileges = "",
        .guards = "servers where only superusers and the schema's owner may log in",
        .source = "PostgreSQL manual, 5.10.6 Usage Patterns; CVE-2018-1058",
    },
    public_create};

const Register definer_check{
    {
        .id = "security.definer_without_search_path",
        .area = Area::security,
        .severity = Severity::medium,
        .engines = postgresql,
        .summary = "A SECURITY DEFINER function without a search_path of its own",
        .why = "Its caller decides what its names mean, and its owner's rights are used.",
        .privileges = "",
        .guards =
            "functions of extensions and in C; only low unless everybody may call it and create "
            "objects somewhere",
        .source = "PostgreSQL manual, CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely",
    },
    definer};

const Register disabled{{
                            .id = "security.policies_without_row_security",
                            .area = Area::security,
                            .severity = Severity::medium,
                            .engines = postgresql,
                            .summary = "Policies on a table whose row security is off",
                            .why = "They look like protection and are none.",
                            .privileges = "",
                            .guards = "none: the catalog itself says so",
                            .source = "PostgreSQL manual, 5.9 Row Security Policies; splinter 0007",
                        },
                        policies_without_row_security};

const Register denied{{
                          .id = "security.row_security_without_policies",
                          .area = Area::security,
                          .severity = Severity::info,
                          .engines = postgresql,
                          .summary = "Row security without a policy: everything is denied",
                          .why = "Queries of other roles return nothing, without an error.",
                          .privileges = "",
                          .guards = "information only",
                          .source = "PostgreSQL manual, 5.9 Row Security Policies; splinter 0008",
                      },
                      row_security_without_policies};

}  // namespace
}  // namespace whet::advise::security
