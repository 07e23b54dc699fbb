#include "http/tls.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

namespace footfall::http {

namespace asio = boost::asio;
using boost::system::error_code;

asio::ssl::context trust(const std::string& authorities, error_code& error) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return context;
  if (authorities.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(authorities, error);
  }
  return context;
}

bool expect_host(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string why_no_handshake(SSL* ssl, const error_code& error) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK) return error.message();
  return fmt::format("its certificate is not accepted ({})",
                     X509_verify_cert_error_string(verified));
}

}  // namespace footfall::http
