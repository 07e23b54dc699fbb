#include "store/postgres/database_url.hpp"

#include <libpq-fe.h>

#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace footfall::store::postgres {
namespace {

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string_view option(const PQconninfoOption* options, std::string_view keyword) {
  for (; options->keyword != nullptr; ++options) {
    if (keyword == options->keyword) return options->val == nullptr ? "" : options->val;
  }
  return {};
}

using Options = std::unique_ptr<PQconninfoOption, OptionsDeleter>;

Options parsed(const std::string& url, std::string* problem) {
  char* message = nullptr;
  Options options(PQconninfoParse(url.c_str(), &message));
  if (problem != nullptr && message != nullptr) *problem = message;
  PQfreemem(message);
  return options;
}

}  // namespace

std::string url_problem(const std::string& url) {
  std::string message;
  const Options options = parsed(url, &message);
  if (message.find("query parameter") != message.npos) {
    return "the database URL has a parameter after the ? that PostgreSQL's libpq does not know "
           "(it knows sslmode, sslrootcert and others; leave out pgbouncer=true)";
  }
  const auto has = [&](std::string_view keyword, std::string_view characters) {
    return option(options.get(), keyword).find_first_of(characters) != std::string_view::npos;
  };
  if (options == nullptr || has("host", "@") || has("dbname", "@/") ||
      option(options.get(), "port").find_first_not_of("0123456789,") != std::string_view::npos) {
    return "the database URL cannot be read; it must be like "
           "postgresql://user:password@host:5432/name, with @ : / ? # % in the password written "
           "as %40 %3A %2F %3F %23 %25";
  }
  return {};
}

std::optional<std::string> host_to_look_up(const std::string& url) {
  const Options options = parsed(url, nullptr);
  const char* forced = std::getenv("PGHOSTADDR");
  if (options == nullptr || (forced != nullptr && *forced != '\0')) return std::nullopt;
  const std::string host(option(options.get(), "host"));
  const bool is_socket = host.find_first_of("/@") == 0;
  if (host.empty() || is_socket || host.find(',') != host.npos ||
      !option(options.get(), "hostaddr").empty() || !option(options.get(), "service").empty()) {
    return std::nullopt;
  }
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return std::nullopt;
  return host;
}

}  // namespace footfall::store::postgres
