#include "advise/security/remote.h"

namespace whet::advise::security {

bool is_local(std::string_view address) {
  return address.empty() || address == "local" || address == "localhost" || address == "samehost" ||
         address.starts_with("127.") || address == "::1" || address.starts_with("::1/");
}

}  // namespace whet::advise::security
