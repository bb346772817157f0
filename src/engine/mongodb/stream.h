// The socket below libmongoc's client: like its own, but each wait for the server can be ended by
// the user and by the clock. Internal to link.cpp.
#pragma once

#include <cstdint>
#include <string>

#include <mongoc/mongoc.h>

#include "engine/mongodb/wait.h"

namespace whet::engine::mongodb {

/// Why no connection came to be; libmongoc only passes on a text.
enum class DialFailure : std::uint8_t { none, name, address, timeout, interrupted, tls };

/// How streams are made, and what came of it.
struct Dialer {
  Wait& wait;
  double timeout = 10;   ///< seconds for each address of the host
  bool closing = false;  ///< no new streams: the client only wants to say goodbye
  DialFailure failure = DialFailure::none;
  std::string said;  ///< by the operating system or the TLS library
};

/// A mongoc_stream_initiator_t; `dialer` is a Dialer.
mongoc_stream_t* dial(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* dialer,
                      bson_error_t* error);

}  // namespace whet::engine::mongodb
