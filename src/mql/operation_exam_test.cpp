// Reads recorded logs and profiles of real servers, where they are there. The folder is no part of
// the repository.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "mql/operation.h"

namespace whet::mql {
namespace {

namespace fs = std::filesystem;

const fs::path folder = WHET_MONGODB_EXAM_DIR;

struct Closer {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};

std::string unpacked(const fs::path& path) {
  const std::string command = "gzip -dc '" + path.string() + "'";
  const std::unique_ptr<std::FILE, Closer> pipe(popen(command.c_str(), "r"));
  std::string out(1U << 16U, '\0');
  std::string all;
  for (;;) {
    const std::size_t got = std::fread(out.data(), 1, out.size(), pipe.get());
    if (got == 0) return all;
    all.append(out, 0, got);
  }
}

std::vector<Value> profiled(const fs::path& path) {
  std::vector<Value> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto exchange = parse_json(line);
    if (!exchange.ok()) continue;
    for (const char* batch : {"reply.cursor.firstBatch", "reply.cursor.nextBatch"}) {
      const Value* documents = exchange->at(batch);
      if (documents == nullptr) continue;
      for (const Field& field : documents->fields) {
        if (field.value.find("millis") != nullptr) out.push_back(field.value);
      }
    }
  }
  return out;
}

std::string tag(const Operation& operation) {
  return operation.command ? operation.command->body.string_at("comment") : "";
}

class OperationExam : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there";
  }
};

TEST_F(OperationExam, EverySlowLineOfTheLogsIsUnderstood) {
  std::vector<fs::path> logs{folder.parent_path() / "logs/mongodb/sample-mongod.log.gz"};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".log.gz")) logs.push_back(entry.path());
  }
  std::size_t slow = 0, with_command = 0;
  for (const fs::path& path : logs) {
    const LogOperations found = operations_of_log(unpacked(path));
    EXPECT_GT(found.lines, 100) << path;
    EXPECT_LE(static_cast<double>(found.not_understood.size()),
              0.005 * static_cast<double>(found.lines))
        << path << " first at line " << found.not_understood.front();
    slow += found.operations.size();
    for (const Operation& operation : found.operations) {
      EXPECT_FALSE(operation.database.empty());
      EXPECT_GT(operation.at, 1.6e9);
      if (operation.command) ++with_command;
    }
  }
  RecordProperty("slow_lines", static_cast<int>(slow));
  RecordProperty("with_command", static_cast<int>(with_command));
  EXPECT_GT(slow, 2500U);
}

TEST_F(OperationExam, LogAndProfilerGiveTheSameStatements) {
  std::map<std::string, std::set<std::string>> from_profile, from_log;
  std::map<std::string, std::int64_t> keys_of_profile, keys_of_log;
  for (const Value& document : profiled(folder / "profile.jsonl")) {
    const auto operation = operation_of_profile(document);
    ASSERT_TRUE(operation.ok()) << canonical_json(document);
    if (!tag(*operation).starts_with("op-")) continue;
    from_profile[tag(*operation)].insert(fingerprint(*operation->command));
    keys_of_profile[tag(*operation)] += operation->keys_examined + operation->documents_examined;
  }
  for (const Operation& operation :
       operations_of_log(unpacked(folder / "mongod-slow.log.gz")).operations) {
    if (!tag(operation).starts_with("op-")) continue;
    from_log[tag(operation)].insert(fingerprint(*operation.command));
    keys_of_log[tag(operation)] += operation.keys_examined + operation.documents_examined;
  }
  EXPECT_GT(from_profile.size(), 150U);
  for (const auto& [comment, prints] : from_profile) {
    ASSERT_TRUE(from_log.contains(comment)) << comment;
    for (const std::string& print : prints) {
      EXPECT_TRUE(from_log[comment].contains(print)) << comment << " is another statement";
    }
    EXPECT_EQ(keys_of_log[comment], keys_of_profile[comment]) << comment;
  }
}

TEST_F(OperationExam, StatementsOfLogAndProfilerCountTheSame) {
  std::vector<Operation> profile;
  for (const Value& document : profiled(folder / "profile.jsonl")) {
    profile.push_back(*operation_of_profile(document));
  }
  // What failed before it began (a delete from a capped collection) is in the log only.
  std::set<std::string> tags;
  for (const Operation& operation : profile) tags.insert(tag(operation));
  LogOperations log = operations_of_log(unpacked(folder / "mongod-slow.log.gz"));
  std::erase_if(log.operations, [&](const Operation& o) { return !tags.contains(tag(o)); });
  const double now = profile.back().at + 60;
  const Aggregated of_profile = statements_of(profile, now);
  const Aggregated of_log = statements_of(log.operations, now);
  std::map<std::string, const model::Statement*> logged;
  for (const model::Statement& statement : of_log.statements) {
    logged[statement.fingerprint] = &statement;
  }
  std::size_t compared = 0;
  for (const model::Statement& statement : of_profile.statements) {
    if (!logged.contains(statement.fingerprint)) {
      ADD_FAILURE() << "the log lacks " << statement.text;
      continue;
    }
    const model::Statement& other = *logged[statement.fingerprint];
    EXPECT_EQ(other.text, statement.text);
    EXPECT_EQ(other.total.calls, statement.total.calls) << statement.text;
    EXPECT_EQ(other.total.rows, statement.total.rows) << statement.text;
    EXPECT_EQ(other.total.rows_examined, statement.total.rows_examined) << statement.text;
    EXPECT_EQ(other.total.keys_examined, statement.total.keys_examined) << statement.text;
    ++compared;
  }
  EXPECT_GT(compared, 100U);
}

}  // namespace
}  // namespace whet::mql
