// How long work tells what it is doing, and how it learns that it should stop. The programs
// implement it.
#pragma once

#include <string_view>

namespace whet {

class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;

  /// What is being done now, and how much of it (0 to 1; negative when unknown).
  virtual void report(std::string_view what, double fraction) = 0;

  /// True after Ctrl-C: finish or undo the current step, then return ErrorKind::interrupted.
  [[nodiscard]] virtual bool cancelled() const = 0;
};

/// Says nothing, never stops.
class NoProgress final : public Progress {
 public:
  void report(std::string_view /*what*/, double /*fraction*/) override {}
  [[nodiscard]] bool cancelled() const override { return false; }
};

}  // namespace whet
