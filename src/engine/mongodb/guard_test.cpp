#include "engine/mongodb/guard.h"

#include <gtest/gtest.h>

namespace whet::engine::mongodb {
namespace {

bool reads(std::string_view json) {
  const auto command = mql::parse_json(json);
  EXPECT_TRUE(command.ok()) << json;
  return command.ok() && only_reads(*command).ok();
}

TEST(Guard, LetsReadsThrough) {
  for (
      const char* command :
      {R"({"find":"orders","filter":{"a":1}})", R"({"count":"orders"})",
       R"({"distinct":"orders","key":"a"})", R"({"serverStatus":1})",
       R"({"getMore":{"$numberLong":"7"},"collection":"a"})",
       R"({"aggregate":"orders","pipeline":[{"$match":{"a":1}},{"$group":{"_id":"$b"}}],"cursor":{}})",
       R"({"aggregate":1,"pipeline":[{"$currentOp":{}}],"cursor":{}})", R"({"profile":-1})",
       R"({"explain":{"find":"orders"},"verbosity":"executionStats"})",
       R"({"explain":{"update":"orders","updates":[]},"verbosity":"queryPlanner"})",
       R"({"explain":{"aggregate":"a","pipeline":[{"$out":"b"}],"cursor":{}},"verbosity":"queryPlanner"})"})
    EXPECT_TRUE(reads(command)) << command;
}

TEST(Guard, KeepsWritesBack) {
  for (const char* command : {R"({})",
                              R"({"insert":"orders","documents":[{"a":1}]})",
                              R"({"update":"orders","updates":[]})",
                              R"({"delete":"orders","deletes":[]})",
                              R"({"findAndModify":"orders","remove":true})",
                              R"({"drop":"orders"})",
                              R"({"dropDatabase":1})",
                              R"({"createIndexes":"orders"})",
                              R"({"collMod":"orders"})",
                              R"({"setParameter":1,"logLevel":1})",
                              R"({"shutdown":1})",
                              R"({"FIND":"orders"})",
                              R"({"eval":"1"})",
                              R"({"mapReduce":"orders","out":{"inline":1}})",
                              R"({"replSetStepDown":60})",
                              R"({"profile":0})",
                              R"({"profile":2})",
                              R"({"profile":-1,"slowms":5})",
                              R"({"killOp":1,"op":7})",
                              R"({"killSessions":[]})",
                              R"({"planCacheClear":"orders"})",
                              R"({"compact":"orders"})",
                              R"({"validate":"orders"})"})
    EXPECT_FALSE(reads(command)) << command;
}

TEST(Guard, KeepsResultsBackThatWouldBeStored) {
  for (const char* command :
       {R"({"aggregate":"a","pipeline":[{"$match":{}},{"$out":"b"}],"cursor":{}})",
        R"({"aggregate":"a","pipeline":[{"$merge":{"into":"b"}}],"cursor":{}})",
        R"({"aggregate":"a","pipeline":[{"$unionWith":{"coll":"c","pipeline":[{"$out":"b"}]}}]})",
        R"({"explain":{"aggregate":"a","pipeline":[{"$out":"b"}]},"verbosity":"executionStats"})",
        R"({"explain":{"aggregate":"a","pipeline":[{"$out":"b"}]}})",
        R"({"explain":{"delete":"a","deletes":[]},"verbosity":"executionStats"})",
        R"({"explain":{"update":"a","updates":[]}})",
        R"({"explain":{"drop":"a"},"verbosity":"queryPlanner"})", R"({"explain":1})"})
    EXPECT_FALSE(reads(command)) << command;
}

TEST(Guard, KnowsWhatTakesALimit) {
  const auto takes = [](std::string_view json) { return takes_time_limit(*mql::parse_json(json)); };
  EXPECT_TRUE(takes(R"({"find":"a"})"));
  EXPECT_TRUE(takes(R"({"explain":{"find":"a"}})"));
  EXPECT_TRUE(takes(R"({"createIndexes":"a"})"));
  EXPECT_FALSE(takes(R"({"find":"a","maxTimeMS":5})"));
  EXPECT_FALSE(takes(R"({"getMore":1,"collection":"a"})"));
  EXPECT_FALSE(takes(R"({"setParameter":1,"logLevel":1})"));
  EXPECT_FALSE(takes(R"({"hello":1})"));
}

}  // namespace
}  // namespace whet::engine::mongodb
