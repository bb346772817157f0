#include "cli/workload_files.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "sql/kind.h"
#include "sql/tokens.h"

namespace whet::cli {

namespace {

namespace fs = std::filesystem;

/// The number after "calls:" in the comments before a statement.
double calls_of(const std::string& statement) {
  const std::string word = "calls:";
  std::string comments;
  for (const sql::Token& token : sql::tokens(statement)) {
    if (token.kind != sql::TokenKind::space) break;
    comments += token.text;
  }
  const std::size_t at = comments.find(word);
  if (at == std::string::npos) return 1;
  const std::string rest = comments.substr(at + word.size());
  const auto number = text::to_double(text::trim(rest.substr(0, rest.find_first_of("\n*"))));
  return number && *number > 0 ? *number : 1;
}

Status add_file(const fs::path& path, std::vector<advise::WorkItem>& items) {
  const std::string content = WHET_TRY(files::read(path.string()));
  const auto pieces = sql::split(content);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string id = path.stem().string();
    if (pieces.size() > 1) id += "#" + std::to_string(i + 1);
    items.push_back({std::move(id), pieces[i], calls_of(pieces[i])});
  }
  return {};
}

}  // namespace

Result<std::vector<advise::WorkItem>> workload_from(const std::string& path) {
  std::vector<advise::WorkItem> items;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      if (entry.path().extension() == ".sql") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& file : found) WHET_TRY_VOID(add_file(file, items));
  } else {
    WHET_TRY_VOID(add_file(path, items));
  }
  if (items.empty())
    return Error{ErrorKind::usage, "There is no statement in '" + path + "'.",
                 "Give a file with SQL statements, or a folder of *.sql files.", ""};
  return items;
}

}  // namespace whet::cli
