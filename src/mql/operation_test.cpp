#include "mql/operation.h"

#include <gtest/gtest.h>

namespace whet::mql {
namespace {

// Lines of a real 7.0.15, the locks taken out where they do not matter.
constexpr const char* find_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.899+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"command","ns":"shop.orders","appName":"checkout","command":{"find":"orders","filter":{"note":"n1"},"maxTimeMS":5000,"readConcern":{"level":"majority"},"$readPreference":{"mode":"secondaryPreferred"},"comment":"op-080","lsid":{"id":{"$uuid":"cd84c4f4-b2d2-43b9-b8cd-2a84f929720b"}},"$db":"shop"},"planSummary":"COLLSCAN","planningTimeMicros":109,"keysExamined":0,"docsExamined":20000,"fromPlanCache":true,"nBatches":1,"cursorExhausted":true,"numYields":20,"nreturned":1,"queryHash":"47300F05","planCacheKey":"661FE548","queryFramework":"sbe","reslen":280,"locks":{"FeatureCompatibilityVersion":{"acquireCount":{"r":21}},"Global":{"acquireCount":{"r":21}}},"readConcern":{"level":"majority","provenance":"clientSupplied"},"storage":{},"remote":"127.0.0.1:46762","protocol":"op_msg","durationMillis":4}})";
constexpr const char* more_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.140+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"command","ns":"shop.orders","appName":"checkout","command":{"getMore":8826054049133017036,"collection":"orders","batchSize":50,"$db":"shop"},"originatingCommand":{"find":"orders","filter":{"note":"n9"},"$db":"shop"},"planSummary":"COLLSCAN","cursorid":8826054049133017036,"keysExamined":0,"docsExamined":50,"nBatches":1,"numYields":0,"nreturned":50,"reslen":9282,"locks":{},"storage":{"data":{"bytesRead":4096,"timeReadingMicros":1500}},"remote":"127.0.0.1:46762","protocol":"op_msg","durationMillis":2}})";
constexpr const char* part_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.226+00:00"},"s":"I","c":"WRITE","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"update","ns":"shop.orders","appName":"checkout","command":{"q":{"note":"n8"},"u":{"$set":{"x":1}},"multi":true,"upsert":false},"planSummary":"COLLSCAN","keysExamined":0,"docsExamined":20000,"nMatched":1,"nModified":1,"nUpserted":0,"keysInserted":0,"keysDeleted":0,"numYields":20,"locks":{"Global":{"acquireCount":{"w":21},"acquireWaitCount":{"w":1},"timeAcquiringMicros":{"w":3000}}},"flowControl":{"acquireCount":21,"timeAcquiringMicros":500},"storage":{},"remote":"127.0.0.1:46762","durationMillis":7}})";
constexpr const char* whole_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.227+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"command","ns":"shop.$cmd","appName":"checkout","command":{"update":"orders","updates":[{"q":{"note":"n8"},"u":{"$set":{"x":1}},"multi":true}],"$db":"shop"},"numYields":20,"reslen":60,"locks":{},"writeConcern":{"w":"majority","wtimeout":0,"provenance":"implicitDefault"},"storage":{},"remote":"127.0.0.1:46762","protocol":"op_msg","durationMillis":8}})";
constexpr const char* failed_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.892+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"command","ns":"shop.orders","appName":"checkout","command":{"find":"orders","filter":{"note":"zz"},"maxTimeMS":1,"$db":"shop"},"planSummary":"COLLSCAN","numYields":3,"ok":0,"errMsg":"operation exceeded time limit","errName":"MaxTimeMSExpired","errCode":50,"reslen":172,"locks":{},"remote":"127.0.0.1:46762","protocol":"op_msg","durationMillis":1}})";
constexpr const char* cut_line =
    R"({"t":{"$date":"2026-11-26T17:26:48.919+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn2","msg":"Slow query","attr":{"type":"command","ns":"shop.orders","appName":"checkout","command":{"find":"orders","filter":{"_id":{"$in":[0,3,6]}}},"planSummary":"IXSCAN { _id: 1 }","keysExamined":201,"docsExamined":101,"numYields":0,"nreturned":101,"queryHash":"47300F05","reslen":18925,"locks":{},"storage":{},"remote":"127.0.0.1:46762","protocol":"op_msg","durationMillis":4},"truncated":{"command":{"filter":{"_id":{"$in":{"2114":{"type":"int","size":4}}}}}},"size":{"command":29015}})";
// Composed after the manual's example of 8.0.
constexpr const char* line_of_8 =
    R"({"t":{"$date":"2026-11-26T18:00:00.000+00:00"},"s":"I","c":"COMMAND","id":51803,"svc":"S","ctx":"conn9","msg":"Slow query","attr":{"type":"command","isFromUserConnection":true,"ns":"shop.orders","collectionType":"normal","appName":"checkout","queryShapeHash":"9A0B","command":{"find":"orders","filter":{"a":1},"$db":"shop"},"planSummary":"EXPRESS_IXSCAN { a: 1 },","keysExamined":1,"docsExamined":1,"planCacheShapeHash":"AB12CD34","planCacheKey":"00112233","queryFramework":"classic","numYields":0,"nreturned":1,"reslen":200,"locks":{},"storage":{},"cpuNanos":2500000,"remote":"10.0.0.5:4000","protocol":"op_msg","queues":{"execution":{"admissions":1,"totalTimeQueuedMicros":40000},"ingress":{"admissions":1,"totalTimeQueuedMicros":0}},"workingMillis":3,"durationMillis":43}})";

Operation read(const char* line) {
  auto operation = operation_of_log(line);
  EXPECT_TRUE(operation.ok() && operation->has_value()) << line;
  return operation.ok() && *operation ? **std::move(operation) : Operation();
}

TEST(Operation, FindInTheLog) {
  const Operation one = read(find_line);
  EXPECT_EQ(one.database, "shop");
  EXPECT_EQ(one.collection, "orders");
  ASSERT_TRUE(one.command);
  EXPECT_EQ(one.command->verb, "find");
  EXPECT_EQ(one.application, "checkout");
  EXPECT_EQ(one.client, "127.0.0.1:46762");
  EXPECT_DOUBLE_EQ(one.at, 1795714008.899);
  EXPECT_EQ(one.duration_ms, 4);
  EXPECT_NEAR(one.planning_ms, 0.109, 1e-9);
  EXPECT_EQ(one.documents_examined, 20000);
  EXPECT_EQ(one.returned, 1);
  EXPECT_EQ(one.yields, 20);
  EXPECT_EQ(one.response_bytes, 280);
  EXPECT_EQ(one.plan_summary, "COLLSCAN");
  EXPECT_EQ(one.query_hash, "47300F05");
  EXPECT_EQ(one.framework, "sbe");
  EXPECT_EQ(one.read_concern, "majority");
  EXPECT_EQ(one.read_preference, "secondaryPreferred");
  EXPECT_EQ(one.max_time_ms.value_or(0), 5000);
  EXPECT_FALSE(one.get_more || one.cut || one.sorted);
  EXPECT_TRUE(one.error.empty());
}

TEST(Operation, BatchBelongsToItsFirstCommand) {
  const Operation one = read(more_line);
  EXPECT_TRUE(one.get_more);
  ASSERT_TRUE(one.command);
  EXPECT_EQ(one.command->verb, "find");
  EXPECT_EQ(one.read_bytes, 4096);
  EXPECT_DOUBLE_EQ(one.read_ms, 1.5);
  EXPECT_EQ(fingerprint(*one.command), fingerprint(*read(find_line).command));
}

TEST(Operation, PartOfAWriteIsAWholeCommand) {
  const Operation one = read(part_line);
  ASSERT_TRUE(one.command);
  EXPECT_EQ(one.command->verb, "update");
  EXPECT_EQ(one.command->collection, "orders");
  EXPECT_EQ(one.modified, 1);
  EXPECT_DOUBLE_EQ(one.lock_wait_ms, 3);
  EXPECT_DOUBLE_EQ(one.flow_control_ms, 0.5);
  const Operation whole = read(whole_line);
  EXPECT_EQ(whole.collection, "orders");
  EXPECT_EQ(fingerprint(*whole.command), fingerprint(*one.command));
  EXPECT_EQ(whole.write_concern, "") << "nobody chose it";
}

TEST(Operation, ErrorsAndCutTexts) {
  EXPECT_EQ(read(failed_line).error, "MaxTimeMSExpired");
  const Operation cut = read(cut_line);
  EXPECT_TRUE(cut.cut);
  EXPECT_FALSE(cut.command) << "what followed the cut is lost";
  EXPECT_EQ(cut.keys_examined, 201);
}

TEST(Operation, NamesOf8) {
  const Operation one = read(line_of_8);
  EXPECT_EQ(one.query_hash, "AB12CD34");
  EXPECT_DOUBLE_EQ(one.cpu_ms, 2.5);
  EXPECT_DOUBLE_EQ(one.lock_wait_ms, 40) << "in the queue";
  EXPECT_EQ(one.duration_ms, 43);
}

TEST(Operation, OfTheProfiler) {
  const auto document = parse_json(
      R"({"op":"query","ns":"shop.orders","command":{"find":"orders","filter":{"note":"n77"},"$db":"shop"},"keysExamined":0,"docsExamined":20000,"numYield":20,"nreturned":1,"queryHash":"24D50007","queryFramework":"classic","locks":{},"responseLength":284,"millis":6,"planSummary":"COLLSCAN","execStats":{"stage":"COLLSCAN","nReturned":1,"docsExamined":20000},"ts":{"$date":{"$numberLong":"1795714008113"}},"client":"127.0.0.1","appName":"checkout","allUsers":[{"user":"app","db":"admin"}],"user":""})");
  const auto one = operation_of_profile(*document);
  ASSERT_TRUE(one.ok()) << one.error().text();
  EXPECT_EQ(one->duration_ms, 6);
  EXPECT_EQ(one->response_bytes, 284);
  EXPECT_EQ(one->yields, 20);
  EXPECT_EQ(one->user, "app");
  EXPECT_EQ(one->client, "127.0.0.1");
  ASSERT_TRUE(one->plan);
  EXPECT_EQ(one->plan->string_at("stage"), "COLLSCAN");
  EXPECT_EQ(fingerprint(*one->command), fingerprint(*read(find_line).command));
}

TEST(Operation, WhatIsNone) {
  EXPECT_FALSE(operation_of_profile(*parse_json(R"({"op":"query","ns":"a.b"})")).ok());
  EXPECT_FALSE(operation_of_log("2018-03-05T17:14:24.619+0000 I COMMAND [conn1] command").ok());
  EXPECT_FALSE(operation_of_log(R"({"msg":"Slow query","attr":{"ns":)").ok());
  EXPECT_FALSE(
      operation_of_log(R"({"t":{"$date":"2026-11-26T17:26:48Z"},"msg":"Slow query","attr":{}})")
          .ok());
  const auto other = operation_of_log(
      R"({"t":{"$date":"2026-11-26T17:26:48Z"},"msg":"Connection accepted","attr":{}})");
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->has_value());
}

TEST(Operation, ExplainIsNoRunOfWhatItExplains) {
  const Operation one = read(
      R"({"t":{"$date":"2026-11-26T17:26:48.9Z"},"msg":"Slow query","attr":{"type":"command","ns":"shop.orders","command":{"explain":{"find":"orders","filter":{"a":1}},"$db":"shop"},"durationMillis":8}})");
  EXPECT_FALSE(one.command);
  EXPECT_TRUE(statements_of({one}, one.at).statements.empty());
}

TEST(Operation, LogCountsWhatItDoesNotUnderstand) {
  const std::string log = std::string(find_line) + "\n\nno JSON\n" + failed_line + "\n";
  const LogOperations found = operations_of_log(log);
  EXPECT_EQ(found.lines, 3);
  EXPECT_EQ(found.operations.size(), 2U);
  EXPECT_EQ(found.not_understood, std::vector<std::int64_t>{3});
}

std::vector<Operation> all() {
  std::vector<Operation> out;
  for (const char* line : {find_line, more_line, failed_line, part_line, whole_line, cut_line}) {
    out.push_back(read(line));
  }
  return out;
}

TEST(Statements, CallsBatchesAndCutTextsOfOneShape) {
  const std::vector<Operation> operations = all();
  const Aggregated found = statements_of(operations, operations.front().at + 10);
  ASSERT_EQ(found.statements.size(), 2U);
  const model::Statement& find =
      found.statements[found.statements[0].kind == model::StatementKind::select ? 0 : 1];
  EXPECT_EQ(find.total.calls, 3) << "two, and the one whose text was cut has their hash";
  EXPECT_EQ(find.total.batches, 1);
  EXPECT_EQ(find.total.cut_texts, 1);
  EXPECT_EQ(find.total.errors, 1);
  EXPECT_EQ(find.total.time_limits, 2);
  EXPECT_EQ(find.total.full_scans, 2);
  EXPECT_EQ(find.total.rows, 152);
  EXPECT_EQ(find.total.execution_ms, 11);
  EXPECT_EQ(find.min_ms, 1);
  EXPECT_EQ(find.max_ms, 4);
  EXPECT_EQ(find.p95_ms, 4);
  EXPECT_EQ(find.applications, std::vector<std::string>{"checkout"});
  EXPECT_EQ(find.text, "db.orders.find({note: ?})");
  EXPECT_FALSE(find.own);
}

TEST(Statements, WriteIsCountedOnceThoughTheLogHasItTwice) {
  const std::vector<Operation> operations = all();
  const Aggregated found = statements_of(operations, operations.front().at);
  const auto& statements = found.statements;
  const model::Statement& update =
      statements[statements[0].kind == model::StatementKind::update ? 0 : 1];
  EXPECT_EQ(update.total.calls, 1);
  EXPECT_EQ(update.total.rows_affected, 1);
  // The profiler's parts have no port.
  Operation part = read(part_line);
  part.client = "127.0.0.1";
  EXPECT_EQ(statements_of({part, read(whole_line)}, 0).statements.at(0).total.calls, 1);
  // Alone, the line of the whole command counts.
  EXPECT_EQ(statements_of({read(whole_line)}, 0).statements.size(), 1U);
}

TEST(Statements, CapturedTextsAreDifferentOnes) {
  const std::vector<Operation> operations = all();
  const Aggregated found = statements_of(operations, operations.front().at, 1);
  std::size_t of_find = 0;
  for (const auto& [id, text] : found.captured) {
    if (text.find("find") != std::string::npos) ++of_find;
  }
  EXPECT_EQ(of_find, 1U);
  EXPECT_GT(statements_of(operations, 0, 5).captured.size(), found.captured.size());
}

TEST(Statements, OwnAndTheServersOwn) {
  Operation own = read(find_line);
  own.application = "whet";
  EXPECT_TRUE(statements_of({own}, 0).statements.at(0).own);
  EXPECT_FALSE(statements_of({own, read(find_line)}, 0).statements.at(0).own);
  Operation internal = read(find_line);
  internal.database = "config";
  EXPECT_TRUE(statements_of({internal}, 0).statements.empty());
}

TEST(Statements, Percentiles) {
  std::vector<Operation> operations;
  for (int i = 1; i <= 200; ++i) {
    operations.push_back(read(find_line));
    operations.back().duration_ms = i;
  }
  const model::Statement one = statements_of(operations, 0).statements.at(0);
  EXPECT_EQ(one.p95_ms, 190);
  EXPECT_EQ(one.p99_ms, 198);
  EXPECT_NEAR(one.stddev_ms, 57.7, 0.1);
  EXPECT_DOUBLE_EQ(one.mean_ms(), 100.5);
}

TEST(QueryStats, WholeStatement) {
  const auto document = parse_json(
      R"({"key":{"queryShape":{"cmdNs":{"db":"shop","coll":"orders"},"command":"find","filter":{"note":{"$eq":"?string"}}},"client":{"application":{"name":"checkout"}},"collectionType":"collection"},"queryShapeHash":"ABC","metrics":{"lastExecutionMicros":{"$numberLong":"3000"},"execCount":{"$numberLong":"4"},"totalExecMicros":{"sum":{"$numberLong":"20000"},"max":{"$numberLong":"8000"},"min":{"$numberLong":"3000"},"sumOfSquares":{"$numberDecimal":"120000000"}},"docsReturned":{"sum":{"$numberLong":"4"}},"keysExamined":{"sum":{"$numberLong":"0"}},"docsExamined":{"sum":{"$numberLong":"80000"}},"hasSortStage":{"true":{"$numberLong":"1"},"false":{"$numberLong":"3"}},"firstSeenTimestamp":{"$date":{"$numberLong":"1000"}},"latestSeenTimestamp":{"$date":{"$numberLong":"61000"}}},"asOf":{"$timestamp":{"t":71,"i":0}}})");
  const auto found = statement_of_query_stats(*document);
  ASSERT_TRUE(found.ok() && *found);
  const model::Statement& one = **found;
  EXPECT_EQ(one.total.calls, 4);
  EXPECT_DOUBLE_EQ(one.total.execution_ms, 20);
  EXPECT_EQ(one.total.rows_examined, 80000);
  EXPECT_EQ(one.total.sort_scans, 1);
  EXPECT_DOUBLE_EQ(one.max_ms, 8);
  EXPECT_NEAR(one.stddev_ms, 2.236, 0.001);
  EXPECT_EQ(one.stats_age_seconds.value_or(0), 70);
  EXPECT_EQ(one.last_seen_age_seconds.value_or(0), 10);
  EXPECT_EQ(one.fingerprint, fingerprint(*read(find_line).command)) << one.text;
}

TEST(QueryStats, NothingOfWhetAndAnErrorForWhatIsNone) {
  const auto own = statement_of_query_stats(*parse_json(
      R"({"key":{"queryShape":{"cmdNs":{"db":"shop","coll":"a"},"command":"find","filter":{}},"client":{"application":{"name":"whet"}}},"metrics":{}})"));
  ASSERT_TRUE(own.ok());
  EXPECT_FALSE(own->has_value());
  EXPECT_FALSE(statement_of_query_stats(*parse_json("{}")).ok());
}

}  // namespace
}  // namespace whet::mql
