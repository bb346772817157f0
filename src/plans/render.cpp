#include "plans/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/text.h"
#include "plans/arithmetic.h"
#include "plans/details.h"

namespace whet::plans {
namespace {

constexpr std::size_t least_width = 60;
constexpr std::size_t bar_width = 8;
constexpr std::size_t share_width = 6;
constexpr std::size_t own_width = 10;
constexpr std::size_t rows_width = 9;
constexpr std::size_t keys_width = 8;       // of MongoDB, in the place of the estimate
constexpr std::size_t estimate_width = 19;  // "12.3 M ×1,000 high" and a blank before it

struct Glyphs {
  std::string_view branch, last, down, full, times, more;
};
constexpr Glyphs unicode{"├─ ", "└─ ", "│  ", "█", "×", "…"};
constexpr Glyphs plain{"|- ", "`- ", "|  ", "#", "x", "~"};

constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view normal = "\x1b[0m";

/// "37 %", "2.3 %", "0 %": a share needs no more digits.
std::string short_share(double share) {
  const double percent = share * 100;
  if (percent < 0.05) return "0 %";
  return text::number(percent < 10 ? std::round(percent * 10) / 10 : std::round(percent), 3) + " %";
}

/// Names and literals come from elsewhere: nothing in them may steer the terminal.
std::string harmless(std::string_view text, bool ascii) {
  std::string out;
  for (const char c : text::valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += ' ';
    } else if (ascii && byte >= 0x80) {
      // One mark for each character, not for each byte.
      if (byte >= 0xC0) out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

class Renderer {
 public:
  Renderer(const model::Plan& plan, const RenderOptions& options)
      : plan_(plan),
        options_(options),
        figures_(measure(plan)),
        mongodb_(!plan.framework.empty()),
        glyphs_(options.ascii ? plain : unicode),
        width_(std::max(options.width, least_width)) {}

  std::string run() {
    header();
    node(0, "", "");
    footer();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::size_t name_width() const {
    if (mongodb_ && !figures_.ran) return width_;  // there are no figures beside the names
    return width_ - (bar_width + share_width + own_width + rows_width + estimate_width + 1);
  }
  [[nodiscard]] std::string cut(std::string_view text, std::size_t width) const {
    std::string clean = harmless(text, options_.ascii);
    if (text::display_width(clean) <= width) return clean;
    if (!options_.ascii) return text::shorten(clean, width);
    clean.resize(width == 0 ? 0 : width - 1);
    return clean + std::string(glyphs_.more);
  }
  [[nodiscard]] std::string left(const std::string& text, std::size_t width) const {
    const std::size_t used = text::display_width(text);
    return text + std::string(used < width ? width - used : 0, ' ');
  }
  [[nodiscard]] std::string right(const std::string& text, std::size_t width) const {
    const std::string kept = cut(text, width);
    const std::size_t used = text::display_width(kept);
    return std::string(used < width ? width - used : 0, ' ') + kept;
  }
  [[nodiscard]] std::string paint(std::string_view color, const std::string& text) const {
    if (!options_.color || text.empty()) return text;
    return std::string(color) + text + std::string(normal);
  }

  void line(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out_ += text + "\n";
  }

  void header();
  void footer();
  void node(std::size_t i, const std::string& lead, const std::string& branch);
  void below(std::size_t i, const std::string& lead);
  [[nodiscard]] std::string bar(double share) const;
  [[nodiscard]] std::string own(std::size_t i) const;
  [[nodiscard]] std::string estimate(std::size_t i) const;
  [[nodiscard]] std::string examined(std::size_t i) const;
  [[nodiscard]] std::vector<std::string> execution_of_mongodb() const;
  [[nodiscard]] std::string_view heat(double share) const;
  [[nodiscard]] std::string name(std::size_t i) const;

  const model::Plan& plan_;
  const RenderOptions& options_;
  const Figures figures_;
  const bool mongodb_;
  const Glyphs& glyphs_;
  std::size_t width_;
  std::string out_;
};

/// Source: explain.depesz colours from 10 % and from 50 % of exclusive time on.
std::string_view Renderer::heat(double share) const {
  return share >= 0.5 ? red : share >= 0.1 ? yellow : dim;
}

void Renderer::header() {
  const std::string_view what = figures_.timed ? "own time"
                                : figures_.ran ? "own blocks"
                                               : "own cost";
  if (mongodb_ && !figures_.ran) return;
  if (mongodb_) {
    line(paint(dim, left("", name_width() + 1 + bar_width) + right("share", share_width) +
                        right("own time", own_width) + right("returned", rows_width) +
                        right("keys", keys_width) +
                        right("documents", estimate_width - keys_width)));
    return;
  }
  line(paint(dim, left("", name_width() + 1 + bar_width) + right("share", share_width) +
                      right(std::string(what), own_width) +
                      right(figures_.ran ? "rows" : "", rows_width) +
                      right("estimated", estimate_width)));
}

std::string Renderer::bar(double share) const {
  const auto filled = static_cast<std::size_t>(std::lround(share * double{bar_width}));
  std::string out;
  for (std::size_t i = 0; i < filled; ++i) out += glyphs_.full;
  return out;
}

std::string Renderer::own(std::size_t i) const {
  const NodeFigures& figures = figures_.nodes[i];
  if (figures_.ran && !figures.ran) return "never";
  if (figures_.timed) {
    if (figures.exclusive_ms < 0.001) return "0 ms";
    const std::string time = text::duration(figures.exclusive_ms / 1000);
    return options_.ascii ? text::replace_all(time, "µ", "u") : time;
  }
  return short_count(figures_.ran ? figures.exclusive_blocks : figures.exclusive_cost);
}

/// The estimate for as many loops as there were; how far off, from two times on.
std::string Renderer::estimate(std::size_t i) const {
  const NodeFigures& figures = figures_.nodes[i];
  const std::string rows = short_count(figures.plan_rows);
  const double factor = figures.estimate_factor();
  if (!figures.ran || factor < 2) return right(rows, estimate_width);
  std::string times = short_count(std::round(factor));
  // With a blank before it even when both figures are long.
  if (factor >= 9999.5) {
    times = factor < 99999.5 ? text::number(factor / 1e3, 3) + "k"
                             : text::replace_all(std::move(times), " ", "");
  }
  const std::string off =
      " " + std::string(glyphs_.times) + times + (figures.estimate_ratio > 1 ? " low" : " high");
  const std::string text = right(rows + off, estimate_width);
  return factor >= 100 ? paint(red, text) : factor >= 10 ? paint(yellow, text) : text;
}

/// Keys and documents that a stage of MongoDB looked at.
std::string Renderer::examined(std::size_t i) const {
  const model::PlanNode& node = *figures_.nodes[i].node;
  const auto text = [](const std::optional<std::int64_t>& count) {
    return count ? short_count(static_cast<double>(*count)) : "";
  };
  return right(text(node.keys_examined), keys_width) +
         right(text(node.documents_examined), estimate_width - keys_width);
}

std::string Renderer::name(std::size_t i) const {
  const model::PlanNode& one = *figures_.nodes[i].node;
  const std::string title = node_title(one);
  if (!one.subplan_name.empty()) return one.subplan_name + ": " + title;
  return title;
}

void Renderer::node(std::size_t i, const std::string& lead, const std::string& branch) {
  const NodeFigures& figures = figures_.nodes[i];
  const double share = figures_.share(i);
  // MongoDB prints no estimates, and no figures but of what ran.
  const bool shared = !mongodb_ || (figures.ran && figures_.total_ms > 0);
  const std::size_t space = name_width();
  // Very deep trees keep at least room for a name.
  const std::string indent = text::display_width(lead + branch) + 12 > space
                                 ? std::to_string(figures.depth) + " "
                                 : lead + branch;
  const std::string title = cut(name(i), space - text::display_width(indent));
  const std::size_t used = text::display_width(indent) + text::display_width(title);
  const std::string pad(space > used ? space - used : 0, ' ');
  const std::string rows = figures.ran ? short_count(figures.rows) : "";
  line(paint(dim, indent) + paint(bold, title) + pad + " " +
       paint(heat(share), left(bar(share), bar_width)) +
       paint(heat(share), right(shared ? short_share(share) : "", share_width)) +
       right(shared ? own(i) : "", own_width) + right(rows, rows_width) +
       (mongodb_ ? examined(i) : estimate(i)));
  const std::string under = lead + (branch.empty()           ? ""
                                    : branch == glyphs_.last ? "   "
                                                             : std::string(glyphs_.down));
  below(i, under + (figures.children.empty() ? "   " : std::string(glyphs_.down)));
  for (const std::size_t child : figures.children) {
    const bool last = child == figures.children.back();
    node(child, under, std::string(last ? glyphs_.last : glyphs_.branch));
  }
}

void Renderer::below(std::size_t i, const std::string& lead) {
  const bool deep = text::display_width(lead) + 20 > width_;
  const std::string start = deep ? "   " : lead;
  const std::size_t space = width_ - text::display_width(start);
  if (options_.details) {
    for (const std::string& detail : node_details(figures_.nodes[i])) {
      line(paint(dim, start) + paint(dim, cut(detail, space)));
    }
  }
  for (const RenderNote& note : options_.notes) {
    if (note.node != i) continue;
    const std::string_view color = note.level == NoteLevel::alarm     ? red
                                   : note.level == NoteLevel::warning ? yellow
                                                                      : dim;
    line(paint(dim, start) + paint(color, cut("! " + note.text, space)));
  }
}

std::vector<std::string> Renderer::execution_of_mongodb() const {
  std::vector<std::string> out;
  if (figures_.ran) {
    out.push_back(text::plural(plan_.keys_examined, "key", "keys") + " and " +
                  text::plural(plan_.documents_examined, "document", "documents") + " examined");
  } else {
    out.emplace_back("not run: explain(\"executionStats\") has figures");
  }
  if (plan_.rejected > 0) {
    out.push_back(text::plural(plan_.rejected, "plan", "plans") + " rejected");
  }
  if (plan_.framework == "sbe") out.emplace_back("slot-based engine");
  if (!plan_.settings_applied.empty()) out.push_back("decided by " + plan_.settings_applied);
  return out;
}

void Renderer::footer() {
  std::vector<std::string> parts;
  const auto time = [&](const char* what, std::optional<double> ms) {
    if (ms && *ms > 0) parts.push_back(what + text::duration(*ms / 1000));
  };
  if (mongodb_) {
    parts = execution_of_mongodb();
  } else if (!figures_.ran) {
    parts.push_back("Estimated only: the query was not run. Total cost " +
                    short_count(figures_.total_cost));
  }
  time("execution ", plan_.execution_ms);
  time("planning ", plan_.planning_ms);
  time("JIT ", plan_.jit_ms);
  for (const model::PlanTrigger& trigger : plan_.triggers) {
    const std::string& label = trigger.name.empty() ? trigger.constraint : trigger.name;
    time(("trigger " + label + " ").c_str(), trigger.total_ms);
  }
  std::string text = text::join(parts, ", ");
  if (options_.ascii) text = text::replace_all(std::move(text), "µ", "u");
  line(cut(text, width_));
  for (const model::PlanWarning& warning : plan_.warnings) {
    if (mongodb_) line(paint(red, cut(warning.message, width_)));
  }
  std::vector<std::string> settings;
  for (const auto& [setting, value] : plan_.settings) settings.push_back(setting + " = " + value);
  if (!settings.empty()) line(cut("settings: " + text::join(settings, ", "), width_));
}

}  // namespace

std::string render(const model::Plan& plan, const RenderOptions& options) {
  return Renderer(plan, options).run();
}

}  // namespace whet::plans
