// TLS as a client: whom we trust, and who we expect to speak to.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <string>

namespace footfall::http {

// A context that accepts certificates of the authorities in the file `authorities` (PEM), or if it
// is empty of the system's (or SSL_CERT_FILE's), and TLS 1.2 or later. Reads several hundred
// kilobytes: blocks.
boost::asio::ssl::context trust(const std::string& authorities, boost::system::error_code& error);

// Before the handshake: the certificate must be good for `host`, a name or an address. OpenSSL
// itself compares them, and says why when they do not fit. False if no certificate can be good for
// such a host.
bool expect_host(SSL* ssl, const std::string& host);

// Why a handshake has failed, as a clause: "its certificate is not accepted (…)".
std::string why_no_handshake(SSL* ssl, const boost::system::error_code& error);

}  // namespace footfall::http
