// A client as an application has one, on MongoDB: no limits, an appName of its own.
#pragma once

#include <memory>
#include <string>

#include <mongoc/mongoc.h>

#include "shop/drive.h"

namespace whet::bench {

struct Free {
  void operator()(mongoc_client_t* client) const { mongoc_client_destroy(client); }
  void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
  void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

class MongoClient final : public Client {
 public:
  /// Commands go to `database`.
  static Result<std::unique_ptr<MongoClient>> open(const std::string& url,
                                                   const std::string& database);

  /// A command's document as extended JSON; cursors are read to their end.
  Status execute(const std::string& statement) override;
  Status execute(const bson_t* command);

  [[nodiscard]] mongoc_client_t* handle() const { return client_.get(); }
  [[nodiscard]] const std::string& database() const { return database_; }

 private:
  MongoClient(Handle<mongoc_client_t> client, std::string database)
      : client_(std::move(client)), database_(std::move(database)) {}

  Handle<mongoc_client_t> client_;
  std::string database_;
};

}  // namespace whet::bench
