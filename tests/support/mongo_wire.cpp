#include "support/mongo_wire.h"

#include <array>
#include <atomic>
#include <cstring>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/mongo_bson.h"

namespace whet::testing::mongo {

using mql::Value;

Channel::~Channel() {
  if (tls_ != nullptr) SSL_free(tls_);
  ::close(socket_);
}

bool Channel::secure(ssl_ctx_st* context) {
  tls_ = SSL_new(context);
  return tls_ != nullptr && SSL_set_fd(tls_, socket_) == 1 && SSL_accept(tls_) == 1;
}

std::string Channel::client_subject() const {
  X509* const certificate = tls_ == nullptr ? nullptr : SSL_get1_peer_certificate(tls_);
  if (certificate == nullptr) return "";
  BIO* const out = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(out, &text));
  std::string subject(text, size);
  BIO_free(out);
  X509_free(certificate);
  return subject;
}

bool Channel::read(char* to, std::size_t size) {
  while (size > 0) {
    const auto got = tls_ != nullptr
                         ? static_cast<ssize_t>(SSL_read(tls_, to, static_cast<int>(size)))
                         : ::recv(socket_, to, size, 0);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool Channel::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent =
        tls_ != nullptr
            ? static_cast<ssize_t>(SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())))
            : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Channel::cut() const { ::shutdown(socket_, SHUT_RDWR); }

bool Channel::gone() const {
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

namespace {

constexpr std::int32_t op_reply = 1, op_query = 2004, op_message = 2013, longest = 48'000'000;
constexpr std::uint32_t checksum_present = 1, more_to_come = 2, exhaust_allowed = 1U << 16U;

template <class T>
std::string little(T number) {
  std::string out(sizeof number, '\0');
  std::memcpy(out.data(), &number, sizeof number);
  return out;
}

/// Reads what is in a message, front to back.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (left_.size() < sizeof value) return fail(), value;
    left_.copy(reinterpret_cast<char*>(&value), sizeof value);
    left_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const std::size_t end = left_.find('\0');
    if (end == std::string_view::npos) return fail(), "";
    std::string out(left_.substr(0, end));
    left_.remove_prefix(end + 1);
    return out;
  }
  Value document() {
    std::int32_t size = 0;
    if (left_.size() >= 4) left_.copy(reinterpret_cast<char*>(&size), 4);
    if (size < 5 || static_cast<std::size_t>(size) > left_.size()) return fail(), Value();
    auto read = document_of(left_.substr(0, static_cast<std::size_t>(size)));
    left_.remove_prefix(static_cast<std::size_t>(size));
    if (!read) return fail(), Value();
    return std::move(*read);
  }
  void fail() { left_ = {}, failed_ = true; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

/// A section of kind 1 is an array of the command that travels beside it.
void document_sequence(Reader& reader, Value& command) {
  const auto size = reader.number<std::int32_t>();
  const std::size_t before = reader.left();
  const std::string name = reader.text();
  Value list = Value::array({});
  while (!reader.failed() && before - reader.left() + 4 < static_cast<std::size_t>(size))
    list.push(reader.document());
  command.set(name, std::move(list));
}

void read_sections(Reader& reader, std::size_t keep, Message& message) {
  Value sequences = Value::object({});
  while (!reader.failed() && reader.left() > keep) {
    const auto kind = reader.number<std::uint8_t>();
    if (kind == 0) {
      message.command = reader.document();
    } else if (kind == 1) {
      document_sequence(reader, sequences);
    } else {
      reader.fail();
    }
  }
  for (mql::Field& field : sequences.fields) message.command.set(field.name, field.value);
  message.database = message.command.string_at("$db");
  message.command.erase("$db");
}

void read_query(Reader& reader, Message& message) {
  message.legacy = true;
  reader.number<std::uint32_t>();
  const std::string name = reader.text();
  message.database = name.substr(0, name.find('.'));
  reader.number<std::int32_t>();
  reader.number<std::int32_t>();
  const Value query = reader.document();
  const Value* const inner = query.find("$query");
  message.command = inner != nullptr ? *inner : query;
}

}  // namespace

std::optional<Message> read_message(Channel& channel, std::string& trouble) {
  std::array<std::int32_t, 4> head{};
  if (!channel.read(reinterpret_cast<char*>(head.data()), sizeof head)) return std::nullopt;
  if (head[0] < 16 || head[0] > longest) {
    trouble = "a message of " + std::to_string(head[0]) + " bytes";
    return std::nullopt;
  }
  std::string body(static_cast<std::size_t>(head[0]) - 16, '\0');
  if (!channel.read(body.data(), body.size())) return std::nullopt;
  Message message;
  message.id = head[1];
  Reader reader(body);
  if (head[3] == op_query) {
    read_query(reader, message);
  } else if (head[3] == op_message) {
    const auto flags = reader.number<std::uint32_t>();
    message.more_to_come = (flags & more_to_come) != 0;
    message.exhaust = (flags & exhaust_allowed) != 0;
    const bool summed = (flags & checksum_present) != 0;
    read_sections(reader, summed ? 4 : 0, message);
    const std::string whole = std::string(reinterpret_cast<const char*>(head.data()), 16) + body;
    if (summed && reader.number<std::uint32_t>() !=
                      crc32c(std::string_view(whole).substr(0, whole.size() - 4)))
      trouble = "a message whose checksum is wrong";
  } else {
    trouble = "a message of the kind " + std::to_string(head[3]);
  }
  if (reader.failed()) trouble = "a message that is cut short or damaged";
  if (!trouble.empty()) return std::nullopt;
  return message;
}

bool write_reply(Channel& channel, const Message& to, const Value& reply) {
  static std::atomic<std::int32_t> number = 0;
  const std::string document = bson_of(reply);
  const std::string body = to.legacy
                               ? little<std::uint32_t>(8) + little<std::int64_t>(0) +
                                     little<std::int32_t>(0) + little<std::int32_t>(1) + document
                               : little<std::uint32_t>(0) + std::string(1, '\0') + document;
  return channel.write(little(static_cast<std::int32_t>(body.size() + 16)) + little(++number) +
                       little(to.id) + little(to.legacy ? op_reply : op_message) + body);
}

}  // namespace whet::testing::mongo
