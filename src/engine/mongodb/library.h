// libmongoc's start and end, once for the program.
#pragma once

namespace whet::engine::mongodb {

/// Safe to call as often as one likes. What libmongoc would print goes nowhere.
void start_library();

}  // namespace whet::engine::mongodb
