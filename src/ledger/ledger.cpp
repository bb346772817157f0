#include "ledger/ledger.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/fields_json.h"
#include "base/files.h"
#include "ledger/sqlite.h"
#include "model/json.h"

namespace whet::ledger {
namespace {

// "Whet" in ASCII: says in the file's head whose it is (see file(1)).
constexpr std::int64_t application = 0x57686574;

// Step i brings format i to i + 1. Never edit one that was released: add another.
constexpr std::array<const char*, 1> upgrades = {R"sql(
CREATE TABLE entry (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  identity TEXT NOT NULL,
  change TEXT NOT NULL);
CREATE TABLE transition (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  entry INTEGER NOT NULL REFERENCES entry (number),
  state TEXT NOT NULL,
  at REAL NOT NULL,
  reason TEXT NOT NULL,
  measurements TEXT NOT NULL);
CREATE INDEX transition_entry ON transition (entry);
CREATE VIEW current AS
  SELECT e.number, e.id, e.target, e.identity, t.state, t.at, t.reason
    FROM entry e JOIN transition t ON t.entry = e.number
   WHERE t.number = (SELECT max(number) FROM transition WHERE entry = e.number);
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entry_remains BEFORE DELETE ON entry
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transition_stays BEFORE UPDATE ON transition
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transition_remains BEFORE DELETE ON transition
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
)sql"};

std::string make_id(double now, std::int64_t number) {
  const auto seconds = static_cast<std::time_t>(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{:04}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, number);
}

/// SQLite would make the file readable for all: it names hosts, tables and statements.
Status make_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    const std::string reason = std::error_code(errno, std::generic_category()).message();
    return Error{ErrorKind::usage, fmt::format("Cannot open the ledger {}: {}.", path, reason),
                 "Check the folder's permissions, or set XDG_STATE_HOME to another one.", ""};
  }
  ::close(fd);
  return {};
}

/// Refuses what is no ledger, or a newer one, before anything is written.
Result<std::int64_t> format_of(const sqlite::Database& db, const std::string& path) {
  const auto owner = WHET_TRY(db.integer("PRAGMA application_id"));
  const auto format = WHET_TRY(db.integer("PRAGMA user_version"));
  const auto objects = WHET_TRY(db.integer("SELECT count(*) FROM sqlite_schema"));
  if (objects > 0 && owner != application) {
    return Error{ErrorKind::invalid, fmt::format("{} is a database of another program.", path),
                 "Move it away; Whet then begins a new ledger.", ""};
  }
  if (format > static_cast<std::int64_t>(upgrades.size())) {
    return Error{ErrorKind::invalid,
                 fmt::format("The ledger {} was written by a newer Whet (format {}, this one "
                             "knows {}).",
                             path, format, upgrades.size()),
                 "Use that Whet.", ""};
  }
  auto check = WHET_TRY(db.prepare("PRAGMA quick_check(1)"));
  if (WHET_TRY(check.step()) && check.text(0) != "ok") {
    return Error{ErrorKind::invalid,
                 fmt::format("The ledger {} is damaged: {}.", path, check.text(0)),
                 "Keep a copy, move it away, and look at the target for what Whet may have left "
                 "there.",
                 ""};
  }
  return format;
}

Status upgrade(const sqlite::Database& db, const std::string& path) {
  auto transaction = WHET_TRY(sqlite::Transaction::begin(db));
  // Again, now that no other process can be doing the same.
  const auto format = WHET_TRY(format_of(db, path));
  for (auto step = static_cast<std::size_t>(format); step < upgrades.size(); ++step) {
    WHET_TRY_VOID(db.run(upgrades[step]));
  }
  WHET_TRY_VOID(db.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                   application, upgrades.size())
                           .c_str()));
  return transaction.commit();
}

Error damaged(const std::string& path, const std::string& id, const std::string& what) {
  return {ErrorKind::invalid,
          fmt::format("The ledger {} is damaged at entry {}: {}", path, id, what),
          "Keep a copy, and look at the target for what Whet may have left there.", ""};
}

Status append(const sqlite::Database& db, std::int64_t number, const Transition& next) {
  auto insert = WHET_TRY(db.prepare(
      "INSERT INTO transition (entry, state, at, reason, measurements) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, number);
  insert.bind(2, name_of(next.state));
  insert.bind(3, next.at);
  insert.bind(4, std::string_view(next.reason));
  insert.bind(5, std::string_view(next.measurements));
  static_cast<void>(WHET_TRY(insert.step()));
  return {};
}

}  // namespace

bool may_follow(State from, State to) {
  switch (from) {
    case State::planned:
      return to == State::applying || to == State::failed;
    case State::applying:
      return to == State::applied || to == State::failed || to == State::reverting;
    case State::applied:
      return to == State::verified || to == State::reverting;
    case State::verified:
      return to == State::reverting;
    case State::reverting:
      return to == State::reverted || to == State::applied;
    case State::reverted:
    case State::failed:
      return false;
  }
  return false;
}

std::string to_json(const Entry& entry, int indent) { return fields_json::to_text(entry, indent); }
std::string to_json(const std::vector<Entry>& entries, int indent) {
  return fields_json::to_text(entries, indent);
}

Result<std::string> default_path() { return WHET_TRY(files::state_directory()) + "/ledger.sqlite"; }

struct Ledger::Impl {
  sqlite::Database db;
  std::string path;

  Result<State> state_of(std::string_view id, std::int64_t& number) const {
    auto query = WHET_TRY(db.prepare("SELECT number, state FROM current WHERE id = ?"));
    query.bind(1, id);
    if (!WHET_TRY(query.step())) {
      return Error{ErrorKind::refused, fmt::format("The ledger {} has no entry {}.", path, id),
                   "List the entries with 'whet ledger'.", ""};
    }
    number = query.integer(0);
    const std::string name = query.text(1);
    const State state = value_of(name, State::planned);
    if (name_of(state) != name)
      return damaged(path, std::string(id), fmt::format("unknown state '{}'.", name));
    return state;
  }

  Result<std::vector<Transition>> transitions(std::int64_t number, const std::string& id) const {
    auto query = WHET_TRY(db.prepare(
        "SELECT state, at, reason, measurements FROM transition WHERE entry = ? ORDER BY number"));
    query.bind(1, number);
    std::vector<Transition> found;
    while (WHET_TRY(query.step())) {
      const std::string name = query.text(0);
      const State state = value_of(name, State::planned);
      if (name_of(state) != name)
        return damaged(path, id, fmt::format("unknown state '{}'.", name));
      found.push_back({state, query.number(1), query.text(2), query.text(3)});
    }
    if (found.empty()) return damaged(path, id, "it has no state.");
    return found;
  }
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

const std::string& Ledger::path() const { return impl_->path; }

Result<Ledger> Ledger::open(const std::string& path) {
  WHET_TRY_VOID(make_private_file(path));
  auto db = WHET_TRY(sqlite::Database::open(path));
  const auto format = WHET_TRY(format_of(db, path));
  // WAL with FULL: a transaction that was reported as done is on disk, also after a power cut.
  WHET_TRY_VOID(
      db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
             "PRAGMA foreign_keys = ON"));
  if (format < static_cast<std::int64_t>(upgrades.size())) WHET_TRY_VOID(upgrade(db, path));
  return Ledger(std::make_unique<Impl>(Impl{std::move(db), path}));
}

Result<std::string> Ledger::plan(const std::string& target, const std::string& identity,
                                 const model::Change& change, double now) {
  auto transaction = WHET_TRY(sqlite::Transaction::begin(impl_->db));
  const auto number = WHET_TRY(impl_->db.integer("SELECT coalesce(max(number), 0) + 1 FROM entry"));
  const std::string id = make_id(now, number);
  auto insert = WHET_TRY(impl_->db.prepare(
      "INSERT INTO entry (number, id, target, identity, change) VALUES (?, ?, ?, ?, ?)"));
  insert.bind(1, number);
  insert.bind(2, std::string_view(id));
  insert.bind(3, std::string_view(target));
  insert.bind(4, std::string_view(identity));
  insert.bind(5, std::string_view(model::to_json(change)));
  static_cast<void>(WHET_TRY(insert.step()));
  WHET_TRY_VOID(append(impl_->db, number, {State::planned, now, "", ""}));
  WHET_TRY_VOID(transaction.commit());
  return id;
}

Status Ledger::advance(const std::string& id, const Transition& next) {
  auto transaction = WHET_TRY(sqlite::Transaction::begin(impl_->db));
  std::int64_t number = 0;
  const State current = WHET_TRY(impl_->state_of(id, number));
  if (!may_follow(current, next.state)) {
    return Error{ErrorKind::refused,
                 fmt::format("Entry {} of the ledger is {} and cannot become {}.", id,
                             name_of(current), name_of(next.state)),
                 "See its history with 'whet ledger'.", ""};
  }
  WHET_TRY_VOID(append(impl_->db, number, next));
  return transaction.commit();
}

Result<std::vector<Entry>> Ledger::entries(const Filter& filter) const {
  auto query =
      WHET_TRY(impl_->db.prepare("SELECT number, id, target, identity, change FROM entry "
                                 "WHERE ?1 = '' OR identity = ?1 ORDER BY number"));
  query.bind(1, std::string_view(filter.identity));
  std::vector<Entry> found;
  while (WHET_TRY(query.step())) {
    Entry entry;
    entry.id = query.text(1);
    entry.target = query.text(2);
    entry.identity = query.text(3);
    entry.transitions = WHET_TRY(impl_->transitions(query.integer(0), entry.id));
    const auto& wanted = filter.states;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), entry.state()) == wanted.end())
      continue;
    auto change = model::change_from_json(query.text(4));
    if (!change) return damaged(impl_->path, entry.id, change.error().message);
    entry.change = std::move(change).value();
    found.push_back(std::move(entry));
  }
  return found;
}

Result<Entry> Ledger::find(std::string_view id) const {
  auto all = WHET_TRY(entries({}));
  std::erase_if(all, [&](const Entry& entry) { return !entry.id.starts_with(id); });
  if (all.size() == 1 && !id.empty()) return std::move(all.front());
  return Error{ErrorKind::usage,
               fmt::format("The ledger {} has {} entries that begin with '{}'.", impl_->path,
                           all.empty() ? "no" : std::to_string(all.size()), id),
               "List them with 'whet ledger'.", ""};
}

}  // namespace whet::ledger
