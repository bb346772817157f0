#include "cli/terminal.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

namespace whet::cli {

namespace {

// Signal handlers can reach nothing but statics.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> interrupted_flag{false};

extern "C" void on_interrupt(int signal) {
  if (interrupted_flag.exchange(true)) ::_exit(128 + signal);
}

bool environment_says_no_colour() {
  // No other thread runs yet. NOLINTBEGIN(concurrency-mt-unsafe)
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  // NOLINTEND(concurrency-mt-unsafe)
  return (no_color != nullptr && *no_color != '\0') ||
         (term != nullptr && std::string_view(term) == "dumb");
}

std::size_t columns_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  return std::clamp<std::size_t>(size.ws_col, 40, 160);
}

}  // namespace

report::Style terminal_style() {
  report::Style style;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  style.colour = terminal && !environment_says_no_colour();
  style.width = terminal ? columns_of(STDOUT_FILENO) : 100;
  return style;
}

bool interactive() { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0; }

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // A closed pipe is an error of a write, not the end of a change.
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

TerminalProgress::TerminalProgress(std::ostream& out)
    : out_(out), enabled_(::isatty(STDERR_FILENO) != 0) {}

TerminalProgress::~TerminalProgress() { clear(); }

void TerminalProgress::clear() {
  if (!shown_) return;
  out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

void TerminalProgress::report(std::string_view what, double fraction) {
  if (!enabled_) return;
  if (what.empty()) return clear();
  const double now = clock::monotonic();
  if (what != last_) {
    last_ = what;
    since_ = now;
  }
  std::string line(what);
  if (fraction >= 0) line += fmt::format("  {:3.0f} %", std::min(fraction, 1.0) * 100);
  if (fraction > 0.02 && fraction < 1 && now - since_ > 2) {
    line += ", " + text::duration((now - since_) / fraction * (1 - fraction)) + " to go";
  }
  out_ << "\r\x1b[K" << text::shorten(line, columns_of(STDERR_FILENO) - 1) << std::flush;
  shown_ = true;
}

bool TerminalProgress::cancelled() const { return interrupted_flag.load(); }

}  // namespace whet::cli
