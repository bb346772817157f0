#include "plans/render.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "plans/parse.h"

namespace whet::plans {
namespace {

constexpr std::string_view query_plan =
    "Limit  (cost=0.00..100.00 rows=20 width=60) (actual time=99.0..100.0 rows=20 loops=1)\n"
    "  ->  Sort  (cost=0.00..99.00 rows=2000 width=60) (actual time=98.0..99.0 rows=20 loops=1)\n"
    "        Sort Key: created_at DESC\n"
    "        Sort Method: external merge  Disk: 2048kB\n"
    "        ->  Seq Scan on orders o  (cost=0.00..90.00 rows=2000 width=60) (actual "
    "time=0.1..40.0 rows=200000 loops=1)\n"
    "              Filter: ((note)::text ~~ '%\x1b[31m%'::text)\n"
    "              Rows Removed by Filter: 1500000\n"
    "Planning Time: 0.200 ms\n"
    "Execution Time: 101.000 ms\n";

std::string rendered(std::string_view text, const RenderOptions& options) {
  const auto plan = parse(text);
  EXPECT_TRUE(plan.ok());
  return plan.ok() ? render(*plan, options) : "";
}

TEST(Render, ShowsSharesRowsAndNotes) {
  RenderOptions options;
  options.notes = {{1, "The sort went to disk", NoteLevel::warning}};
  const std::string actual = rendered(query_plan, options);
  EXPECT_NE(actual.find("└─ Sort"), std::string::npos) << actual;
  EXPECT_NE(actual.find("59 %"), std::string::npos) << actual;
  EXPECT_NE(actual.find("2,000 ×100 high"), std::string::npos) << actual;
  EXPECT_NE(actual.find("2,000 ×100 low"), std::string::npos) << actual;
  EXPECT_NE(actual.find("! The sort went to disk"), std::string::npos) << actual;
  EXPECT_NE(actual.find("key: created_at DESC  on disk 2 MB"), std::string::npos) << actual;
  EXPECT_NE(actual.find("removes 1.5 M"), std::string::npos) << actual;
  EXPECT_NE(actual.find("execution 101 ms, planning 200 µs"), std::string::npos) << actual;
  EXPECT_EQ(actual.find('\x1b'), std::string::npos) << "a literal must not steer the terminal";
}

TEST(Render, KeepsToWidthAndAscii) {
  for (const std::size_t width : {60U, 80U, 100U, 200U}) {
    RenderOptions options;
    options.width = width;
    options.ascii = true;
    options.notes = {{2, std::string(300, 'n'), NoteLevel::alarm}};
    const std::string actual = rendered(query_plan, options);
    for (const std::string& line : text::split(actual, '\n')) {
      EXPECT_LE(text::display_width(line), width) << line;
    }
    EXPECT_TRUE(std::all_of(actual.begin(), actual.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x80;
    })) << actual;
  }
}

TEST(Render, DeepTreesAndEstimatesOnly) {
  std::string text = "Limit  (cost=0.00..10.00 rows=1 width=4)\n";
  for (std::size_t i = 1; i < 60; ++i) {
    text += std::string(i * 2, ' ') + "->  Append  (cost=0.00..10.00 rows=1 width=4)\n";
  }
  RenderOptions options;
  options.width = 80;
  const std::string actual = rendered(text, options);
  EXPECT_NE(actual.find("Estimated only"), std::string::npos);
  for (const std::string& line : text::split(actual, '\n')) {
    EXPECT_LE(text::display_width(line), 80U) << line;
  }
  options.color = true;
  EXPECT_NE(rendered(text, options).find("\x1b[1m"), std::string::npos);
}

}  // namespace
}  // namespace whet::plans
