// libmongoc's start and end, once for the program.
#include <mongoc/mongoc.h>

namespace whet::engine::mongodb {

namespace {

struct Library {
  Library() { mongoc_init(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { mongoc_cleanup(); }
};

}  // namespace

/// Safe to call as often as one likes.
void start_library() { static const Library library; }

}  // namespace whet::engine::mongodb
