#include "shop/mysql_client.h"

#include <mysql.h>

#include "engine/mysql/location.h"

namespace whet::bench {

void MysqlClient::Close::operator()(st_mysql* handle) const { mysql_close(handle); }

Result<MysqlClient> MysqlClient::open(const std::string& url) {
  const auto place = WHET_TRY(engine::mysql::find_location(url));
  Handle handle(mysql_init(nullptr));
  if (mysql_real_connect(handle.get(), place.socket.empty() ? place.host.c_str() : nullptr,
                         place.user.c_str(), place.password.c_str(), place.database.c_str(),
                         static_cast<unsigned>(place.port),
                         place.socket.empty() ? nullptr : place.socket.c_str(), 0) == nullptr)
    return Error{ErrorKind::unreachable, mysql_error(handle.get()), "", ""};
  return MysqlClient(std::move(handle));
}

Status MysqlClient::execute(const std::string& statement) {
  if (mysql_real_query(handle_.get(), statement.data(), statement.size()) != 0)
    return Error{ErrorKind::refused, mysql_error(handle_.get()), "", ""};
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(
      mysql_store_result(handle_.get()), &mysql_free_result);
  if (rows == nullptr && mysql_field_count(handle_.get()) != 0)
    return Error{ErrorKind::refused, mysql_error(handle_.get()), "", ""};
  return {};
}

}  // namespace whet::bench
