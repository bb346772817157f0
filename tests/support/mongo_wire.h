// MongoDB's wire protocol, the server's side: OP_MSG with its sections and checksum, and the
// OP_QUERY that old handshakes use. Over a socket, perhaps with TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mql/value.h"

struct ssl_st;
struct ssl_ctx_st;

namespace whet::testing::mongo {

/// One accepted connection. Read and written by its own thread; cut() may come from any.
class Channel {
 public:
  explicit Channel(int socket) : socket_(socket) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  /// The TLS handshake; false when it failed.
  bool secure(ssl_ctx_st* context);
  /// The subject of the client's certificate as RFC 2253 writes it; empty: none.
  [[nodiscard]] std::string client_subject() const;
  bool read(char* to, std::size_t size);
  bool write(std::string_view bytes);
  void cut() const;                 ///< both directions: a waiting read() returns false
  [[nodiscard]] bool gone() const;  ///< the client has closed it

 private:
  int socket_;
  ssl_st* tls_ = nullptr;
};

struct Message {
  std::int32_t id = 0;
  bool legacy = false;        ///< OP_QUERY: answered by OP_REPLY
  bool more_to_come = false;  ///< wants no reply
  bool exhaust = false;       ///< offers to take replies that nobody asked for; refused
  std::string database;
  mql::Value command;  ///< without $db
};

/// The next message; nothing when the connection ended or the bytes are no message (then why is in
/// `trouble`).
[[nodiscard]] std::optional<Message> read_message(Channel& channel, std::string& trouble);
bool write_reply(Channel& channel, const Message& to, const mql::Value& reply);

}  // namespace whet::testing::mongo
