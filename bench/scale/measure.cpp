// measure: runs a program and says what it cost, as lines that a shell can read.
//   measure FILE PROGRAM ARGUMENT...   writes cpu_seconds, peak_mb, elapsed_seconds, exit_code to
//   FILE
#include <cstdio>
#include <ctime>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: measure FILE PROGRAM ARGUMENT...\n");
    return 2;
  }
  const double begin = now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    std::perror("measure");
    return 70;
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::FILE* out = std::fopen(argv[1], "w");
  if (out == nullptr) {
    std::perror(argv[1]);
    return 2;
  }
  std::fprintf(out, "cpu_seconds=%.2f\npeak_mb=%ld\nelapsed_seconds=%.2f\nexit_code=%d\n",
               seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss / 1024,
               now() - begin, code);
  std::fclose(out);
  return code;
}
