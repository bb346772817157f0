// The terminal: is there one, how wide, colours or not; a progress line; Ctrl-C.
#pragma once

#include <ostream>
#include <string>

#include "base/progress.h"
#include "report/style.h"

namespace whet::cli {

/// Style for standard output: colour only on a terminal and without NO_COLOR, its width (80 when
/// unknown).
[[nodiscard]] report::Style terminal_style();
[[nodiscard]] bool interactive();

/// From now on the first Ctrl-C (or SIGTERM) makes Progress::cancelled() true; a second one ends
/// the program at once.
void catch_interrupts();

/// One line on a terminal that overwrites itself; nothing elsewhere.
class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(std::ostream& out);
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  ~TerminalProgress() override;
  void report(std::string_view what, double fraction) override;
  [[nodiscard]] bool cancelled() const override;

 private:
  void clear();
  std::ostream& out_;
  bool shown_ = false;
  bool enabled_ = false;
  std::string last_;
  double since_ = 0;  ///< monotonic time at which the current step began
};

}  // namespace whet::cli
