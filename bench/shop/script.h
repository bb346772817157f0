// Scripts of the shop's workload: statements with placeholders for random values.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace whet::bench {

/// One kind of transaction: statements that end with ";\n".
struct Script {
  std::string name;
  double weight = 0;
  std::vector<std::string> statements;
};

/// The statements of a script file; the last one needs no semicolon.
[[nodiscard]] std::vector<std::string> statements_of(std::string_view text);

/// The scripts of a folder: weights.tsv has a line "name<tab>weight" for each, workload/NAME and
/// the extension (".sql") its statements. Errors: a file that is missing, a weight that is no
/// number.
[[nodiscard]] Result<std::vector<Script>> scripts_of(const std::string& folder,
                                                     const std::string& extension);

/// `statement` with {uniform LOW HIGH} replaced by an even draw from both ends included, and {zipf
/// LOW HIGH} by one that falls about as 1/rank. What is no placeholder stays.
[[nodiscard]] std::string drawn(std::string_view statement, std::mt19937_64& random);

/// Which script the next transaction is: by weight.
[[nodiscard]] std::size_t next_script(const std::vector<Script>& scripts, std::mt19937_64& random);

}  // namespace whet::bench
