#include "engine/mongodb/library.h"

#include <mongoc/mongoc.h>

namespace whet::engine::mongodb {

namespace {

struct Library {
  Library() {
    mongoc_log_set_handler(nullptr, nullptr);
    mongoc_init();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { mongoc_cleanup(); }
};

}  // namespace

void start_library() { static const Library library; }

}  // namespace whet::engine::mongodb
