// The parts of collect_planner_facts that have files of their own.
#pragma once

#include "engine/postgres/collector.h"

namespace whet::engine::postgres {

/// The rows of pg_statistic; where they may not be read, what pg_stats shows of them.
void collect_planner_statistics(Collector& collector);
void collect_extended_statistics_data(Collector& collector);
/// Heights of B-trees and counts of GIN indexes, where the files may be read.
void collect_first_pages(Collector& collector);
/// The heights of B-trees as the planner knows them, where their size does not say enough.
void collect_heights(Collector& collector);
/// The true smallest and largest values of B-trees' first keys: the planner looks them up.
void collect_index_ends(Collector& collector);

/// SQL that sets how values become text, for one transaction; the same where they are read again.
inline constexpr const char* canonical_text =
    "SELECT set_config('DateStyle', 'ISO, MDY', true), set_config('IntervalStyle', 'postgres', "
    "true), set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)";

/// Reads with canonical_text in force.
std::optional<Rows> read_values(Collector& collector, const std::string& what,
                                const std::string& sql, const std::string& remedy = {});

}  // namespace whet::engine::postgres
