// Large documents piece by piece: finds an array inside a text without parsing what is around it.
// A tree of a snapshot with 20,000 tables takes several times the memory of its text; the trees of
// single tables, one after the other, take next to none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whet::json {

struct SplitArray {
  std::string rest;                        ///< the document with an empty array in its place
  std::vector<std::string_view> elements;  ///< the texts of the elements; they live in `text`
};

/// The array that the member names in `path` lead to from the outermost object. Nothing when it is
/// not there. The pieces are not checked: the text is JSON exactly when all of them are.
[[nodiscard]] std::optional<SplitArray> split_array(std::string_view text,
                                                    const std::vector<std::string_view>& path);

}  // namespace whet::json
