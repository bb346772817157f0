// What shape_of() is made of. Internal to mql.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/shape.h"
#include "mql/value.h"

namespace whet::mql {

/// A column of one of the shape's relations.
struct Place {
  std::size_t relation = 0;
  std::string column;
};

/// A path without array positions: "items.0.sku" -> "items.sku".
[[nodiscard]] std::string without_positions(std::string_view path);

/// The field paths that an expression reads, without "$": "a.b". "$$ROOT" is an empty path;
/// variables are left out.
[[nodiscard]] std::vector<std::string> paths_of(const Value& expression);

/// The placeholders' numbers in a value, when number_placeholders() has numbered them.
[[nodiscard]] std::vector<std::int64_t> parameters_in(const Value& value);

/// Numbers all placeholders from 1 in the order of the text, in their `integer`.
void number_placeholders(Value& value, std::int64_t& last);

/// The names of the documents at one place of a pipeline: which of them are columns still.
struct Stream {
  std::size_t relation = 0;
  bool foreign = false;  ///< no name is a column of the collection any more, after $group
  bool movable = true;   ///< a $match here may move to the front
  bool first = true;     ///< nothing but $match so far: a $sort here may use an index
  std::map<std::string, std::string> renamed;    ///< name now -> before
  std::vector<std::string> computed;             ///< with everything below them
  std::vector<std::string> unwound;              ///< columns, but not to filter by index
  std::optional<std::vector<std::string>> only;  ///< after an inclusion: these and nothing else
  std::map<std::string, std::size_t> joined;     ///< $lookup's `as` -> relation
  std::vector<std::size_t> joined_and_unwound;   ///< relations whose filters $lookup takes in
  std::map<std::string, std::optional<Place>> variables;  ///< $lookup's `let`

  [[nodiscard]] std::optional<Place> place(std::string_view path) const;
  /// Whether a condition on it can be answered by an index of its relation.
  [[nodiscard]] bool can_filter(std::string_view path, const Place& place) const;
};

/// The shape under construction.
class ShapeBuilder {
 public:
  std::size_t add(std::string_view schema, std::string_view table, std::string_view alias,
                  std::int64_t block);
  [[nodiscard]] model::ShapeRelation& at(std::size_t relation) {
    return shape_.relations[relation];
  }
  void need(const Place& place);
  void need(const Stream& stream, std::string_view path);
  void need_all(const Stream& stream, const Value& expression);
  void project(const Place& place);
  void join(const Place& a, const Place& b, std::string_view op, bool outer, bool subquery);
  [[nodiscard]] std::int64_t next_block() { return ++blocks_; }
  [[nodiscard]] std::int64_t next_disjunction() { return ++disjunctions_; }
  [[nodiscard]] std::int64_t next_element() { return ++elements_; }
  [[nodiscard]] model::Shape take();

 private:
  model::Shape shape_;
  std::int64_t blocks_ = 0, disjunctions_ = 0, elements_ = 0;
};

/// Adds a filter's conditions as predicates of the relations whose columns they are on.
void add_filter(ShapeBuilder& builder, const Stream& stream, const Value& filter);

/// Runs through a pipeline on the relation. `database`: of the collections that it names.
void add_pipeline(ShapeBuilder& builder, Stream stream, const Value& pipeline,
                  const std::string& database);

/// Sort keys as far as they are columns of the stream's relation.
void add_ordering(ShapeBuilder& builder, const Stream& stream, const Value& sort);

/// What the projection of a find leaves; `stream` for the names.
void add_projection(ShapeBuilder& builder, const Stream& stream, const Value& projection);

/// Whether a projection names what to leave out.
[[nodiscard]] bool excludes(const Value& projection);

}  // namespace whet::mql
