// Goal: fetch() speaks to nobody whose certificate is not good for the name in the URL. Method: TLS
// servers on loopback with certificates of an authority that openssl makes here, which
// SSL_CERT_FILE names or does not.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "http/certificate_fixture.hpp"
#include "http/fetch.hpp"

namespace footfall::http {
namespace {

using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

class FetchTls : public CertificateTest {
 protected:
  ~FetchTls() override { ::unsetenv("SSL_CERT_FILE"); }

  static void trust(const std::string& authority) {
    ::setenv("SSL_CERT_FILE", file(authority + ".crt").c_str(), 1);
  }

  // From https://<host> at a server that shows this certificate; what fetch() gave.
  static std::string fetched(const std::string& host, const std::string& certificate);
};

Task<void> keep(std::string url, std::string& said) {
  const Result<std::string> body = co_await fetch(std::move(url), FetchLimits{});
  said = body ? *body : "error: " + body.error().message();
}

// One connection, blocking; what fails ends it.
void serve(tcp::acceptor& acceptor, ssl::context& context, std::string& server_name) {
  boost::system::error_code error;
  ssl::stream<tcp::socket> stream(acceptor.accept(error), context);
  if (error || stream.handshake(ssl::stream_base::server, error)) return;
  const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
  server_name = name == nullptr ? "" : name;
  std::string request;
  boost::asio::read_until(stream, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nkeys";
  boost::asio::write(stream, boost::asio::buffer(answer), error);
  stream.shutdown(error);
}

std::string FetchTls::fetched(const std::string& host, const std::string& certificate) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  ssl::context context = server_context(certificate);
  std::string said, server_name;
  std::thread server([&] { serve(acceptor, context, server_name); });
  const std::string url =
      "https://" + host + ":" + std::to_string(acceptor.local_endpoint().port()) + "/keys";
  boost::asio::co_spawn(io, keep(url, said), boost::asio::detached);
  io.run();
  server.join();
  EXPECT_EQ(server_name, said == "keys" && host != "127.0.0.1" ? host : server_name);
  return said;
}

TEST_F(FetchTls, TrustsACertificateForTheName) {
  trust("good");
  EXPECT_EQ(fetched("localhost", "localhost"), "keys");
  EXPECT_EQ(fetched("127.0.0.1", "address"), "keys");
}

TEST_F(FetchTls, RefusesACertificateForAnotherName) {
  trust("good");
  for (const auto& [host, certificate] :
       {std::pair("localhost", "elsewhere"), std::pair("localhost", "address"),
        std::pair("127.0.0.1", "localhost")}) {
    const std::string said = fetched(host, certificate);
    EXPECT_NE(said.find("mismatch"), said.npos) << said;
  }
}

TEST_F(FetchTls, RefusesAnAuthorityThatNobodyTrusts) {
  trust("other");
  EXPECT_NE(fetched("localhost", "localhost").find("certificate is not accepted"),
            std::string::npos);
  ::unsetenv("SSL_CERT_FILE");  // the system's
  EXPECT_NE(fetched("localhost", "localhost").find("certificate is not accepted"),
            std::string::npos);
  ::setenv("SSL_CERT_FILE", "/nowhere.crt", 1);
  EXPECT_NE(fetched("localhost", "localhost").find("certificate is not accepted"),
            std::string::npos);
}

}  // namespace
}  // namespace footfall::http
