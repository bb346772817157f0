#include "engine/mongodb/stream.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/mongodb/socket.h"

namespace whet::engine::mongodb {

namespace {

/// libmongoc only compares the kinds of streams with its own, which are small numbers.
constexpr int own_stream_kind = 1000;

struct Stream : mongoc_stream_t {
  int descriptor = -1;
  int failure = 0;  ///< errno of the last operation
  Wait* wait = nullptr;
};

Stream& of(mongoc_stream_t* stream) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast): all of ours are Streams.
  return *static_cast<Stream*>(stream);
}

int close_stream(mongoc_stream_t* stream) {
  Stream& self = of(stream);
  if (self.descriptor >= 0) ::close(self.descriptor);
  self.descriptor = -1;
  return 0;
}

void destroy(mongoc_stream_t* stream) {
  close_stream(stream);
  const std::unique_ptr<Stream> owned(&of(stream));
}

/// Moves `vector` on by the bytes that are done.
void move_on(std::vector<iovec>& vector, std::size_t done) {
  std::size_t whole = 0;
  while (whole < vector.size() && done >= vector[whole].iov_len) done -= vector[whole++].iov_len;
  vector.erase(vector.begin(), vector.begin() + static_cast<std::ptrdiff_t>(whole));
  if (vector.empty()) return;
  vector[0].iov_base = static_cast<char*>(vector[0].iov_base) + done;
  vector[0].iov_len -= done;
}

ssize_t send_all(mongoc_stream_t* stream, mongoc_iovec_t* list, std::size_t count,
                 std::int32_t timeout) {
  Stream& self = of(stream);
  std::vector<iovec> rest(list, list + count);
  ssize_t sent = 0;
  move_on(rest, 0);
  while (!rest.empty()) {
    msghdr message{};
    message.msg_iov = rest.data();
    message.msg_iovlen = rest.size();
    const ssize_t now = ::sendmsg(self.descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (now >= 0) {
      sent += now;
      move_on(rest, static_cast<std::size_t>(now));
      continue;
    }
    self.failure = errno;
    if (errno == EINTR) continue;
    if (errno == EAGAIN && timeout == 0) return sent;
    if (errno != EAGAIN || !ready(self.descriptor, POLLOUT, timeout, *self.wait)) {
      self.failure = errno;
      return -1;
    }
  }
  return sent;
}

ssize_t receive(mongoc_stream_t* stream, mongoc_iovec_t* list, std::size_t count, std::size_t least,
                std::int32_t timeout) {
  Stream& self = of(stream);
  std::vector<iovec> rest(list, list + count);
  ssize_t received = 0;
  move_on(rest, 0);
  while (!rest.empty()) {
    msghdr message{};
    message.msg_iov = rest.data();
    message.msg_iovlen = rest.size();
    const ssize_t now = ::recvmsg(self.descriptor, &message, MSG_DONTWAIT);
    if (now > 0) {
      received += now;
      move_on(rest, static_cast<std::size_t>(now));
      if (static_cast<std::size_t>(received) >= least) break;
      continue;
    }
    self.failure = now == 0 ? ECONNRESET : errno;
    if (now < 0 && errno == EINTR) continue;
    const bool wait = now < 0 && errno == EAGAIN && timeout != 0;
    if (wait && ready(self.descriptor, POLLIN, timeout, *self.wait)) continue;
    if (wait) self.failure = errno;
    errno = self.failure;
    return static_cast<std::size_t>(received) >= least && received > 0 ? received : -1;
  }
  return received;
}

int set_option(mongoc_stream_t* stream, int level, int name, void* value, mongoc_socklen_t size) {
  return ::setsockopt(of(stream).descriptor, level, name, value, size);
}

bool closed(mongoc_stream_t* stream) {
  std::array<char, 1> peek{};
  const ssize_t found =
      ::recv(of(stream).descriptor, peek.data(), peek.size(), MSG_PEEK | MSG_DONTWAIT);
  return found == 0 || (found < 0 && errno != EAGAIN && errno != EINTR);
}

ssize_t poll_streams(mongoc_stream_poll_t* list, std::size_t count, std::int32_t timeout) {
  if (count == 0) return 0;
  std::vector<pollfd> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({of(list[i].stream).descriptor, static_cast<short>(list[i].events), 0});
  const int found = poll_patiently(all.data(), all.size(), timeout, *of(list[0].stream).wait);
  for (std::size_t i = 0; i < count; ++i) list[i].revents = all[i].revents;
  return found;
}

bool timed_out(mongoc_stream_t* stream) { return of(stream).failure == ETIMEDOUT; }
bool should_retry(mongoc_stream_t* stream) {
  return of(stream).failure == EAGAIN || of(stream).failure == EINTR;
}

mongoc_stream_t* new_stream(int descriptor, Wait& wait) {
  auto stream = std::make_unique<Stream>();
  stream->type = own_stream_kind;
  stream->destroy = destroy;
  stream->close = close_stream;
  stream->flush = [](mongoc_stream_t* /*stream*/) { return 0; };
  stream->writev = send_all;
  stream->readv = receive;
  stream->setsockopt = set_option;
  stream->get_base_stream = nullptr;  // there is none below
  stream->check_closed = closed;
  stream->poll = poll_streams;
  stream->failed = destroy;
  stream->timed_out = timed_out;
  stream->should_retry = should_retry;
  stream->descriptor = descriptor;
  stream->wait = &wait;
  return stream.release();
}

void remember(Dialer& dialer, DialFailure failure, std::string said) {
  dialer.failure = failure;
  dialer.said = std::move(said);
}

std::string system_text(int number) {
  // Threads: strerror's text is copied at once. NOLINTNEXTLINE(concurrency-mt-unsafe)
  return std::strerror(number);
}

/// A connected socket, or -1.
int connect_socket(const sockaddr* address, socklen_t size, Dialer& dialer) {
  const int descriptor =
      ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    remember(dialer, DialFailure::address, system_text(errno));
    return -1;
  }
  int failure = 0;
  if (::connect(descriptor, address, size) != 0) failure = errno;
  if (failure == EINPROGRESS) {
    const int timeout = static_cast<int>(dialer.timeout * 1000);
    failure = ready(descriptor, POLLOUT, timeout, dialer.wait) ? 0 : errno;
    socklen_t length = sizeof failure;
    if (failure == 0) ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length);
  }
  if (failure == 0) return descriptor;
  ::close(descriptor);
  const bool stopped = dialer.wait.cancelled();
  const bool late = failure == ETIMEDOUT;
  remember(dialer,
           stopped ? DialFailure::interrupted
           : late  ? DialFailure::timeout
                   : DialFailure::address,
           system_text(failure));
  return -1;
}

int connect_path(const std::string& path, Dialer& dialer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    remember(dialer, DialFailure::address, "the socket's path is too long");
    return -1;
  }
  std::memcpy(&address.sun_path, path.data(), path.size());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the sockets API is.
  return connect_socket(reinterpret_cast<const sockaddr*>(&address), sizeof address, dialer);
}

int connect_host(const std::string& host, int port, Dialer& dialer) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
  if (failed != 0) {
    remember(dialer, DialFailure::name, ::gai_strerror(failed));
    return -1;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    const int descriptor = connect_socket(one->ai_addr, one->ai_addrlen, dialer);
    if (dialer.failure == DialFailure::interrupted) return -1;
    if (descriptor < 0) continue;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    return descriptor;
  }
  return -1;
}

mongoc_ssl_opt_t tls_options(const mongoc_uri_t* uri) {
  mongoc_ssl_opt_t out = *mongoc_ssl_opt_get_default();
  const auto text = [uri](const char* name) {
    return mongoc_uri_get_option_as_utf8(uri, name, nullptr);
  };
  const auto flag = [uri](const char* name) {
    return mongoc_uri_get_option_as_bool(uri, name, false);
  };
  out.ca_file = text(MONGOC_URI_TLSCAFILE);
  out.pem_file = text(MONGOC_URI_TLSCERTIFICATEKEYFILE);
  out.pem_pwd = text(MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD);
  const bool insecure = flag(MONGOC_URI_TLSINSECURE);
  out.weak_cert_validation = insecure || flag(MONGOC_URI_TLSALLOWINVALIDCERTIFICATES);
  out.allow_invalid_hostname = insecure || flag(MONGOC_URI_TLSALLOWINVALIDHOSTNAMES);
  return out;
}

/// The TLS stream over `base`, which it owns; nullptr when there is none.
mongoc_stream_t* wrap_in_tls(mongoc_stream_t* base, const mongoc_uri_t* uri, const char* host,
                             Dialer& dialer) {
  mongoc_ssl_opt_t options = tls_options(uri);
  mongoc_stream_t* stream = mongoc_stream_tls_new_with_hostname(base, host, &options, 1);
  if (stream == nullptr) {
    mongoc_stream_destroy(base);
    remember(dialer, DialFailure::tls, "the certificate files cannot be used");
    return nullptr;
  }
  bson_error_t error;
  const auto timeout = static_cast<std::int32_t>(dialer.timeout * 1000);
  if (mongoc_stream_tls_handshake_block(stream, host, timeout, &error)) return stream;
  mongoc_stream_destroy(stream);
  remember(dialer, dialer.wait.cancelled() ? DialFailure::interrupted : DialFailure::tls,
           text::valid_utf8(&error.message[0]));
  return nullptr;
}

}  // namespace

mongoc_stream_t* dial(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* data,
                      bson_error_t* error) {
  Dialer& dialer = *static_cast<Dialer*>(data);
  dialer.failure = DialFailure::none;
  mongoc_stream_t* stream = nullptr;
  if (!dialer.closing && dialer.wait.look()) {
    const std::string name(&host->host[0]);
    const int descriptor = host->family == AF_UNIX ? connect_path(name, dialer)
                                                   : connect_host(name, host->port, dialer);
    if (descriptor >= 0) {
      dialer.failure = DialFailure::none;
      stream = new_stream(descriptor, dialer.wait);
      if (mongoc_uri_get_tls(uri)) stream = wrap_in_tls(stream, uri, name.c_str(), dialer);
    }
  } else if (dialer.wait.cancelled()) {
    remember(dialer, DialFailure::interrupted, "");
  }
  if (stream == nullptr) {
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "%s",
                   dialer.said.c_str());
  }
  return stream;
}

}  // namespace whet::engine::mongodb
