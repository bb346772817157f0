// The end of the server's log.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/postgres/collector.h"
#include "logs/entry.h"

namespace whet::engine::postgres {

/// True when the settings let statements or their plans into the log: for all, or for some role or
/// database.
[[nodiscard]] bool logs_statements(const model::Server& server);

/// The messages in the newest `options.log_bytes` of the log, oldest first: of the current file,
/// and of earlier ones when that is shorter. jsonlog and csvlog go before the text form, since they
/// name the database. `here`: the server runs on this machine, so its files are read without asking
/// it, where the operating system lets us; else through pg_read_binary_file in chunks. Nothing when
/// the log cannot be read; then that is noted as not collected.
[[nodiscard]] std::vector<logs::Entry> read_server_log(Collector& collector, bool here);

}  // namespace whet::engine::postgres
