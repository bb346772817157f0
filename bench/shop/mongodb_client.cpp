#include "shop/mongodb_client.h"

#include <utility>

namespace whet::bench {

namespace {

Error refused(const bson_error_t& error) {
  return {ErrorKind::refused, error.message, "", std::to_string(error.code)};
}

// What the driver leaves to the caller: errors of single writes come with ok: 1.
Status write_errors(const bson_t* reply) {
  bson_iter_t found, inside;
  if (bson_iter_init_find(&found, reply, "writeErrors") && bson_iter_recurse(&found, &inside) &&
      bson_iter_next(&inside)) {
    return Error{ErrorKind::refused, "a write failed", "", ""};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<MongoClient>> MongoClient::open(const std::string& url,
                                                       const std::string& database) {
  bson_error_t error;
  mongoc_uri_t* uri = mongoc_uri_new_with_error(url.c_str(), &error);
  if (uri == nullptr) return Error{ErrorKind::usage, error.message, "", ""};
  mongoc_uri_set_appname(uri, "shop");
  Handle<mongoc_client_t> client(mongoc_client_new_from_uri(uri));
  mongoc_uri_destroy(uri);
  if (client == nullptr) return Error{ErrorKind::usage, "The URL makes no client.", "", ""};
  mongoc_client_set_error_api(client.get(), MONGOC_ERROR_API_VERSION_2);
  return std::unique_ptr<MongoClient>(new MongoClient(std::move(client), database));
}

Status MongoClient::execute(const std::string& statement) {
  bson_error_t error;
  bson_t* command = bson_new_from_json(
      reinterpret_cast<const std::uint8_t*>(statement.data()),  // NOLINT: the driver's bytes
      static_cast<ssize_t>(statement.size()), &error);
  if (command == nullptr) {
    return Error{ErrorKind::invalid, error.message + (": " + statement), "", ""};
  }
  const Status done = execute(command);
  bson_destroy(command);
  return done;
}

Status MongoClient::execute(const bson_t* command) {
  bson_error_t error;
  bson_t reply;
  if (!mongoc_client_command_simple(client_.get(), database_.c_str(), command, nullptr, &reply,
                                    &error)) {
    bson_destroy(&reply);
    return refused(error);
  }
  if (!bson_has_field(&reply, "cursor")) {
    const Status done = write_errors(&reply);
    bson_destroy(&reply);
    return done;
  }
  // The cursor owns the reply from here on.
  const Handle<mongoc_cursor_t> cursor(
      mongoc_cursor_new_from_command_reply_with_opts(client_.get(), &reply, nullptr));
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) {
  }
  return mongoc_cursor_error(cursor.get(), &error) ? Status(refused(error)) : Status();
}

}  // namespace whet::bench
