// scripted_mongod: the scripted MongoDB server as a program, for tests that are scripts.
//   scripted_mongod [--version 7.0.15] [--members N] [--mongos] [--tls] [--account
//   USER:PASSWORD:ROLE@DB[,...]]
//                   [--play FILE MEMBER]
// Prints its URL (without accounts) on one line and serves until its standard input ends, so that
// it cannot outlive who started it. --members 0 is a standalone.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/mongo_server.h"

namespace {

using whet::testing::ScriptedMongo;

whet::testing::mongo::Account account_of(const std::string& text) {
  const std::size_t first = text.find(':'), second = text.find(':', first + 1);
  whet::testing::mongo::Account out{.user = text.substr(0, first),
                                    .password = text.substr(first + 1, second - first - 1)};
  out.roles.clear();
  for (std::size_t at = second + 1; second != std::string::npos && at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    out.roles.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const std::vector<std::string> words(argv + 1, argv + argc);
  ScriptedMongo::Options options{.accounts = {}};
  std::vector<std::pair<std::string, std::string>> plays;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto next = [&] { return ++i < words.size() ? words[i] : std::string(); };
    if (words[i] == "--version") {
      options.version = next();
    } else if (words[i] == "--members") {
      options.members = std::atoi(next().c_str());
    } else if (words[i] == "--mongos") {
      options.mongos = true;
    } else if (words[i] == "--tls") {
      options.tls = true;
    } else if (words[i] == "--account") {
      options.accounts.push_back(account_of(next()));
    } else if (words[i] == "--play") {
      const std::string file = next();
      plays.emplace_back(file, next());
    } else {
      std::cerr << "scripted_mongod: unknown argument '" << words[i] << "'\n";
      return 2;
    }
  }
  ScriptedMongo server(std::move(options));
  for (const auto& [file, member] : plays) server.play(file, member);
  std::cout << server.url() << std::endl;
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
  return 0;
}
