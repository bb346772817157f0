// How clients of the scripted MongoDB server log in (SCRAM-SHA-1, SCRAM-SHA-256, MONGODB-X509), and
// what their roles let them do.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mql/value.h"
#include "support/mongo_failure.h"

namespace whet::testing::mongo {

struct Account {
  std::string user, password;
  std::string database =
      "admin";  ///< "$external" for X.509: then `user` is the certificate's subject
  std::vector<std::string> roles{"root@admin"};  ///< "read@shop"
  std::vector<std::string> mechanisms{"SCRAM-SHA-1", "SCRAM-SHA-256"};
};

/// One connection's way through a login.
struct Conversation {
  std::string mechanism, database, user, nonce, first, challenge;
  bool proved = false;
};

class Login {
 public:
  explicit Login(std::vector<Account> accounts) : accounts_(std::move(accounts)) {}

  [[nodiscard]] bool wanted() const { return !accounts_.empty(); }
  /// Of saslStart, saslContinue and authenticate; `user` becomes "whet@admin" when it succeeds.
  [[nodiscard]] mql::Value answer(const std::string& name, const std::string& database,
                                  const mql::Value& command, Conversation& conversation,
                                  const std::string& certificate, std::string& user) const;
  /// Throws Unauthorized when the user may not do that.
  void check(const std::string& user, const std::string& database, const std::string& name,
             const mql::Value& command, bool old) const;
  /// createUser, updateUser, dropUser.
  void change(const std::string& name, const std::string& database, const mql::Value& command);
  [[nodiscard]] mql::Value mechanisms_of(const std::string& user) const;  ///< "admin.whet"
  [[nodiscard]] mql::Value listed() const;                                ///< as usersInfo does

 private:
  [[nodiscard]] const Account* find(const std::string& user, const std::string& database) const;
  [[nodiscard]] mql::Value start(const std::string& database, const mql::Value& command,
                                 Conversation& conversation) const;
  [[nodiscard]] mql::Value proceed(const mql::Value& command, Conversation& conversation,
                                   std::string& user) const;

  std::vector<Account> accounts_;
};

}  // namespace whet::testing::mongo
