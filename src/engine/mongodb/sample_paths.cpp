#include "engine/mongodb/sample_paths.h"

#include <algorithm>
#include <set>

namespace whet::engine::mongodb {

namespace {

using mql::Type;

/// A collection whose field names are data ("2026-11-26": 7) has as many paths as values.
constexpr std::size_t paths_at_most = 4000;
constexpr std::size_t depth_at_most = 20;

class Walk {
 public:
  Walk(DocumentPaths& into, std::set<std::string>& missed) : into_(into), missed_(missed) {}

  void document(const mql::Value& document, std::int64_t number) {
    number_ = number;
    fields_ = 0;
    depth_ = 0;
    seen_.clear();
    members(document, "", false, 1);
    for (const auto& [path, what] : seen_) settle(*path, what);
    into_.bytes.push_back(static_cast<double>(mql::bson_bytes(document)));
    into_.fields.push_back(static_cast<double>(fields_));
    into_.depths.push_back(static_cast<double>(depth_));
  }

 private:
  using Types = std::set<Type>;

  void members(const mql::Value& object, const std::string& prefix, bool in_array,
               std::size_t depth) {
    depth_ = std::max(depth_, depth);
    for (const auto& field : object.fields) {
      ++fields_;
      into_.name_bytes += static_cast<double>(field.name.size());
      if (depth <= depth_at_most)
        value(field.value, prefix.empty() ? field.name : prefix + "." + field.name, in_array,
              depth);
    }
  }

  void value(const mql::Value& value, const std::string& path, bool in_array, std::size_t depth) {
    auto at = into_.paths.find(path);
    if (at == into_.paths.end()) {
      if (into_.paths.size() >= paths_at_most) {
        if (missed_.size() < paths_at_most && missed_.insert(path).second) ++into_.left_out;
        return;
      }
      at = into_.paths.emplace(path, PathValues{}).first;
    }
    PathValues& values = at->second;
    values.in_array |= in_array;
    Types& seen = seen_[&values];
    seen.insert(value.type);
    ++values.values;
    values.bytes += mql::bson_bytes(value);
    if (value.is_array()) {
      values.array_sizes.push_back(static_cast<double>(value.fields.size()));
      for (const auto& element : value.fields) leaf(element.value, values, seen, path, true, depth);
    } else {
      leaf(value, values, seen, path, in_array, depth);
    }
  }

  void leaf(const mql::Value& value, PathValues& values, Types& seen, const std::string& path,
            bool in_array, std::size_t depth) {
    seen.insert(value.type);
    if (value.is_object()) {
      members(value, path, in_array, depth + 1);
    } else if (!value.is_array()) {
      values.leaves.push_back({&value, number_});
    }
  }

  static void settle(PathValues& values, const Types& seen) {
    ++values.documents;
    for (const Type type : seen) ++values.types[type];
    if (seen.size() == 1 && seen.contains(Type::null)) ++values.nulls;
  }

  DocumentPaths& into_;
  std::set<std::string>& missed_;
  std::map<PathValues*, Types> seen_;
  std::int64_t number_ = 0;
  std::size_t fields_ = 0, depth_ = 0;
};

}  // namespace

DocumentPaths paths_of(const std::vector<mql::Value>& documents) {
  DocumentPaths out;
  std::set<std::string> missed;
  Walk walk(out, missed);
  std::int64_t number = 0;
  for (const auto& document : documents) walk.document(document, number++);
  return out;
}

}  // namespace whet::engine::mongodb
