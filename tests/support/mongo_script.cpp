#include "support/mongo_script.h"

#include <fstream>

#include <gtest/gtest.h>

#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Value;

namespace {

/// The command without what drivers add and what does not change the answer; numbers of all types
/// are one.
std::string key_of(std::size_t member, const std::string& database, const Value& command) {
  Value plain = command;
  for (const char* name : {"lsid", "$clusterTime", "comment", "maxTimeMS", "$readPreference",
                           "batchSize", "$db", "txnNumber", "apiVersion"})
    plain.erase(name);
  if (Value* const cursor = plain.find("cursor"); cursor != nullptr && cursor->is_object())
    cursor->erase("batchSize");
  return std::to_string(member) + " " + database + " " + mql::relaxed_json(plain);
}

}  // namespace

void Conversations::add(const std::string& file, std::string_view member, std::size_t on) {
  std::ifstream in(file);
  EXPECT_TRUE(in.good()) << "no conversations in " << file;
  for (std::string line; std::getline(in, line);) {
    const Value read = json(line);
    if (read.string_at("member") != member) continue;
    replies_[key_of(on, read.string_at("db"), *read.find("command"))].list.push_back(
        *read.find("reply"));
  }
}

std::optional<Value> Conversations::answer(std::size_t member, const std::string& database,
                                           const Value& command) {
  if (replies_.empty()) return std::nullopt;
  const auto found = replies_.find(key_of(member, database, command));
  if (found == replies_.end()) return std::nullopt;
  Replies& replies = found->second;
  const Value& out = replies.list[replies.next];
  if (replies.next + 1 < replies.list.size()) ++replies.next;
  return out;
}

}  // namespace whet::testing::mongo
