#include "engine/mysql/histograms.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "engine/mysql/status.h"

namespace whet::engine::mysql {

namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) continue;  // line breaks, padding
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xffU);
  }
  return out;
}

/// A value as text: "base64:type254:..." for strings, numbers and times as they are.
std::string value_text(json::View value, const std::vector<std::string>& labels) {
  if (const auto string = value.string()) {
    if (!string->starts_with("base64:")) return std::string(*string);
    const std::size_t colon = string->find(':', 7);
    return text::valid_utf8(
        from_base64(colon == std::string_view::npos ? *string : string->substr(colon + 1)));
  }
  if (const auto whole = value.integer()) {
    const auto label = static_cast<std::size_t>(*whole);
    if (*whole > 0 && label <= labels.size()) return labels[label - 1];
    return std::to_string(*whole);
  }
  if (const auto number = value.number()) return json::format(*number);
  return {};
}

void sort_falling(std::vector<double>& values) {
  std::sort(values.begin(), values.end(), std::greater<>());
}

void read_singleton(const std::vector<json::View>& buckets, const HistogramRequest& request,
                    model::ColumnStats& out) {
  double before = 0;
  for (const auto& bucket : buckets) {
    const auto parts = bucket.elements();
    if (parts.size() != 2) continue;
    const double cumulative = parts[1].number_or(0);
    out.common_frequencies.push_back(std::max(0.0, cumulative - before));
    before = cumulative;
    if (!request.keep_values) continue;
    const std::string value = value_text(parts[0], request.labels);
    out.histogram.push_back({value, value, cumulative, 1});
  }
  out.distinct = static_cast<double>(out.common_frequencies.size());
}

/// A bucket with one value is as good as a singleton's: frequent values have their own.
void read_equi_height(const std::vector<json::View>& buckets, const HistogramRequest& request,
                      model::ColumnStats& out) {
  double before = 0;
  for (const auto& bucket : buckets) {
    const auto parts = bucket.elements();
    if (parts.size() != 4) continue;
    const double cumulative = parts[2].number_or(0), distinct = parts[3].number_or(0);
    if (distinct == 1) out.common_frequencies.push_back(std::max(0.0, cumulative - before));
    before = cumulative;
    out.distinct += distinct;
    if (!request.keep_values) continue;
    out.histogram.push_back({value_text(parts[0], request.labels),
                             value_text(parts[1], request.labels), cumulative, distinct});
  }
}

/// "0.00000,0.12497,...": how much of the way from the smallest to the largest value each of these
/// equally full buckets takes.
void read_widths(const MariadbStats& stats, bool keep_values, model::ColumnStats& out) {
  const auto low = text::to_double(stats.minimum), high = text::to_double(stats.maximum);
  if (!keep_values || !stats.numeric || !low || !high) return;
  const auto widths = text::split(stats.decoded, ',');
  const double each = (1 - stats.nulls) / static_cast<double>(widths.size());
  double at = 0, cumulative = 0;
  for (const auto& width : widths) {
    const double next = at + text::to_double(text::trim(width)).value_or(0);
    cumulative += each;
    const auto value = [&](double position) {
      return json::format(*low + std::min(position, 1.0) * (*high - *low));
    };
    out.histogram.push_back({value(at), value(next), cumulative, 0});
    at = next;
  }
}

/// {"histogram_hb": [{"start": "1", "size": 0.1, "ndv": 1}, ..., {..., "end": "10"}]}
void read_json_histogram(const MariadbStats& stats, bool keep_values, model::ColumnStats& out) {
  const auto document = json::Document::parse(stats.decoded);
  if (!document) return;
  const auto buckets = document->root()["histogram_hb"].elements();
  double cumulative = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const double part = buckets[i]["size"].number_or(0) * (1 - stats.nulls);
    const double distinct = buckets[i]["ndv"].number_or(0);
    cumulative += part;
    if (distinct == 1) out.common_frequencies.push_back(part);
    if (!keep_values) continue;
    const std::string start = buckets[i]["start"].string_or("");
    std::string end = start;
    if (distinct != 1)
      end = i + 1 < buckets.size() ? buckets[i + 1]["start"].string_or("")
                                   : buckets[i]["end"].string_or(start);
    out.histogram.push_back({start, end, cumulative, distinct});
  }
  sort_falling(out.common_frequencies);
}

}  // namespace

Result<model::ColumnStats> mysql_histogram(std::string_view json, const HistogramRequest& request) {
  const auto document = WHET_TRY(json::Document::parse(json));
  const json::View root = document.root();
  model::ColumnStats out;
  out.histogram_kind = root["histogram-type"].string_or("");
  const auto buckets = root["buckets"].elements();
  if (out.histogram_kind == "singleton") {
    read_singleton(buckets, request, out);
  } else if (out.histogram_kind == "equi-height") {
    read_equi_height(buckets, request, out);
  } else {
    return Error{ErrorKind::invalid, "This is no histogram that Whet knows.", "", ""};
  }
  out.has_histogram = true;
  out.null_fraction = root["null-values"].number_or(0);
  sort_falling(out.common_frequencies);
  const auto updated = timestamp_seconds(root["last-updated"].string_or(""));  // UTC
  if (updated && request.now > 0) out.histogram_age_seconds = std::max(0.0, request.now - *updated);
  return out;
}

model::ColumnStats mariadb_statistics(const MariadbStats& stats, bool keep_values) {
  model::ColumnStats out;
  out.null_fraction = stats.nulls;
  out.average_width = stats.average_length;
  if (stats.average_frequency > 0 && stats.rows > 0)
    out.distinct = stats.rows * (1 - stats.nulls) / stats.average_frequency;
  if (stats.kind.empty() || stats.decoded.empty()) return out;
  out.has_histogram = true;
  out.histogram_kind = text::lower(stats.kind);
  if (stats.kind == "JSON_HB") {
    read_json_histogram(stats, keep_values, out);
  } else {
    read_widths(stats, keep_values, out);
  }
  return out;
}

}  // namespace whet::engine::mysql
