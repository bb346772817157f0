#include "engine/mongodb/link.h"

#include <utility>

#include <mongoc/mongoc.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/mongodb/bson.h"
#include "engine/mongodb/errors.h"
#include "engine/mongodb/library.h"
#include "engine/mongodb/stream.h"

namespace whet::engine::mongodb {

namespace {

using mql::Value;

template <class T, void (*end)(T*)>
struct End {
  void operator()(T* handle) const { end(handle); }
};
using Uri = std::unique_ptr<mongoc_uri_t, End<mongoc_uri_t, mongoc_uri_destroy>>;
using ClientHandle = std::unique_ptr<mongoc_client_t, End<mongoc_client_t, mongoc_client_destroy>>;
using Session = std::unique_ptr<mongoc_client_session_t,
                                End<mongoc_client_session_t, mongoc_client_session_destroy>>;
using SessionOptions =
    std::unique_ptr<mongoc_session_opt_t, End<mongoc_session_opt_t, mongoc_session_opts_destroy>>;

/// A document that libmongoc fills.
class Document {
 public:
  Document() { bson_init(&bson_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { bson_destroy(&bson_); }
  [[nodiscard]] bson_t* get() { return &bson_; }
  [[nodiscard]] std::string_view bytes() const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
    return {reinterpret_cast<const char*>(bson_get_data(&bson_)), bson_.len};
  }

 private:
  bson_t bson_{};
};

/// Longer than any command: the streams' own deadlines count.
constexpr const char* for_ever_ms = "86400000";

/// The location as libmongoc shall see it: this host and no other.
Location alone(const Location& place, const std::string& host, double seconds) {
  Location out = place;
  out.hosts = {host};
  for (const std::string_view name : {"replicaset",
                                      "maxstalenessseconds",
                                      "localthresholdms",
                                      "srvmaxhosts",
                                      "srvservicename",
                                      "w",
                                      "journal",
                                      "safe",
                                      "slaveok",
                                      "wtimeoutms",
                                      "readconcernlevel",
                                      "serverselectiontryonce",
                                      "autoselectfamily",
                                      "enableutf8validation",
                                      "maxconnecting",
                                      "proxyhost",
                                      "timeoutms",
                                      "servermonitoringmode",
                                      "uuidrepresentation",
                                      "directconnection"})
    out.drop_option(name);
  if (!out.flag("loadbalanced")) out.set_option("directconnection", "true");
  const std::string milliseconds = std::to_string(static_cast<std::int64_t>(seconds * 1000));
  out.set_option("appname", "whet");
  out.set_option("connecttimeoutms", milliseconds);
  out.set_option("serverselectiontimeoutms", milliseconds);
  out.set_option("sockettimeoutms", for_ever_ms);
  out.set_option("heartbeatfrequencyms", for_ever_ms);
  out.set_option("retryreads", "false");
  out.set_option("retrywrites", "false");
  return out;
}

Result<Uri> uri_of(const Location& place) {
  bson_error_t error;
  Uri uri(mongoc_uri_new_with_error(url_of(place).c_str(), &error));
  if (uri) return uri;
  return Error{ErrorKind::usage,
               "The URL cannot be used: " +
                   without_password(text::valid_utf8(&error.message[0]), place) + ".",
               "", ""};
}

/// "[a reason on 'host:port']" of libmongoc's longer text.
std::string reason_in(std::string text) {
  const std::size_t open = text.find(": ["), close = text.rfind(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return text;
  return text.substr(open + 3, close - open - 3);
}

NoConnection why(DialFailure failure) {
  switch (failure) {
    case DialFailure::name:
      return NoConnection::name;
    case DialFailure::address:
      return NoConnection::address;
    case DialFailure::timeout:
      return NoConnection::timeout;
    case DialFailure::tls:
      return NoConnection::tls;
    default:
      return NoConnection::other;
  }
}

/// Why the first command failed: reply (perhaps empty) and libmongoc's error.
Error first_failure(const Location& place, const Dialer& dialer, const Value& reply,
                    const bson_error_t& error) {
  const std::string target = place.describe();
  const bool tls = place.flag("tls");
  if (dialer.wait.cancelled()) return interrupted_error({target, {}, {}});
  if (dialer.failure != DialFailure::none)
    return connect_error(target, why(dialer.failure), dialer.said, tls);
  const std::string said = without_password(reason_in(text::valid_utf8(&error.message[0])), place);
  const std::int64_t code = reply.integer_at("code");
  const bool login =
      error.domain == MONGOC_ERROR_SCRAM || error.domain == MONGOC_ERROR_SASL ||
      (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE);
  if (login) {
    const bool mechanism = text::contains(text::lower(said), "mechanism");
    Error out = connect_error(
        target, mechanism ? NoConnection::mechanism : NoConnection::credentials, said, tls, 18);
    // The commonest mistake: the database in the URL is also where the account is looked for.
    if (!mechanism && !place.database.empty() && place.option("authsource").empty())
      out.hint = "The account was looked for in the database " + place.database +
                 ": when it is in admin, add authSource=admin to the URL. Else check user and "
                 "password.";
    return out;
  }
  if (error.domain == MONGOC_ERROR_PROTOCOL && error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION)
    return connect_error(target, NoConnection::too_old, said, tls);
  if (dialer.wait.late()) return connect_error(target, NoConnection::timeout, said, tls);
  return connect_error(target, NoConnection::no_answer, said, tls, code);
}

}  // namespace

struct Link::Client {
  Wait wait;
  Dialer dialer{wait};
  Uri uri;
  ClientHandle handle;
  Session session;

  /// False: libmongoc's error is in `error`. `reply` is always a document.
  bool send(const char* database, std::string_view bytes, Document& reply, bson_error_t* error) {
    Document options;
    if (session && !mongoc_client_session_append(session.get(), options.get(), error)) return false;
    bson_t command;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (!bson_init_static(&command, data, bytes.size())) return false;
    bson_destroy(reply.get());
    return mongoc_client_command_with_opts(handle.get(), database, &command,
                                           mongoc_uri_get_read_prefs_t(uri.get()), options.get(),
                                           reply.get(), error);
  }

  /// One session for all commands: getMore must come from that of its cursor.
  void start_session() {
    const SessionOptions options(mongoc_session_opts_new());
    mongoc_session_opts_set_causal_consistency(options.get(), false);
    bson_error_t error;  // a standalone has no sessions
    session.reset(mongoc_client_start_session(handle.get(), options.get(), &error));
  }
};

Link::Link(std::unique_ptr<Client> client) : client_(std::move(client)) {}

Link::~Link() {
  // Says goodbye to the session when that takes no time.
  client_->dialer.closing = true;
  client_->wait.begin({nullptr, clock::monotonic() + 0.5, 0, nullptr});
}

Result<std::unique_ptr<Link>> Link::open(const Location& place, const std::string& host,
                                         double seconds, const Progress* progress) {
  start_library();
  const Location one = alone(place, host, seconds);
  auto client = std::make_unique<Client>();
  client->dialer.timeout = seconds;
  client->uri = WHET_TRY(uri_of(one));
  bson_error_t error{};
  client->handle.reset(mongoc_client_new_from_uri_with_error(client->uri.get(), &error));
  if (!client->handle) {
    return Error{ErrorKind::usage,
                 "The URL cannot be used: " +
                     without_password(text::valid_utf8(&error.message[0]), one) + ".",
                 "", ""};
  }
  mongoc_client_set_error_api(client->handle.get(), MONGOC_ERROR_API_VERSION_2);
  mongoc_client_set_stream_initiator(client->handle.get(), dial, &client->dialer);
  client->wait.begin({progress, clock::monotonic() + 2 * seconds, 0, nullptr});
  const std::string ping = WHET_TRY(to_bson(Value::object({{"ping", Value::of(1)}})));
  Document reply;
  if (!client->send("admin", ping, reply, &error)) {
    const Value document = from_bson(reply.bytes()).ok() ? *from_bson(reply.bytes()) : Value();
    // Refused or not, a reply means that there is a connection.
    if (error.domain != MONGOC_ERROR_SERVER)
      return first_failure(one, client->dialer, document, error);
  }
  client->start_session();
  return std::unique_ptr<Link>(new Link(std::move(client)));  // the constructor is private
}

Outcome Link::run(std::string_view database, const mql::Value& command, Wait::Limits limits) {
  Outcome out;
  const auto bytes = to_bson(command);
  if (!bytes) {
    out.kind = Outcome::Kind::unsent;
    out.said = bytes.error().message;
    return out;
  }
  Wait& wait = client_->wait;
  wait.begin(std::move(limits));
  Document reply;
  bson_error_t error{};
  const bool fine = client_->send(std::string(database).c_str(), *bytes, reply, &error);
  out.cancelled = wait.cancelled();
  out.late = wait.late();
  if (!fine) out.said = text::valid_utf8(&error.message[0]);
  auto document = from_bson(reply.bytes());
  out.bytes = static_cast<std::int64_t>(reply.bytes().size());
  if (!document) {
    out.said = "the reply cannot be understood";
  } else if (fine || document->find("ok") != nullptr) {
    out.kind = Outcome::Kind::replied;
    out.reply = *std::move(document);
  }
  return out;
}

Result<Location> resolve(const Location& place) {
  if (!place.srv) return place;
  start_library();
  Location out = place;
  out.drop_option("directconnection");
  const Uri asked = WHET_TRY(uri_of(out));
  bson_error_t error{};
  const ClientHandle client(mongoc_client_new_from_uri_with_error(asked.get(), &error));
  if (!client)
    return connect_error(place.describe(), NoConnection::name,
                         without_password(text::valid_utf8(&error.message[0]), place), true);
  const mongoc_uri_t* found = mongoc_client_get_uri(client.get());
  out.srv = false;
  out.hosts.clear();
  for (const auto* host = mongoc_uri_get_hosts(found); host != nullptr; host = host->next)
    out.hosts.emplace_back(&host->host_and_port[0]);
  out.set_option("tls", mongoc_uri_get_tls(found) ? "true" : "false");
  if (const char* set = mongoc_uri_get_replica_set(found)) out.set_option("replicaset", set);
  const char* source = mongoc_uri_get_auth_source(found);
  if (source != nullptr && !place.user.empty()) out.set_option("authsource", source);
  if (mongoc_uri_get_option_as_bool(found, MONGOC_URI_LOADBALANCED, false))
    out.set_option("loadbalanced", "true");
  if (!out.hosts.empty()) return out;
  return connect_error(place.describe(), NoConnection::name, "the DNS names no servers", true);
}

}  // namespace whet::engine::mongodb
