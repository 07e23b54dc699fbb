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
#include <fstream>
#include <thread>

#include "http/fetch.hpp"
#include "tests/servers/child.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::http {
namespace {

using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

class FetchTls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new tests::ServerFolder("tls");
    for (const char* authority : {"good", "other"}) make_authority(authority);
    make_certificate("localhost", "DNS:localhost");
    make_certificate("elsewhere", "DNS:elsewhere.example");
    make_certificate("address", "IP:127.0.0.1");
  }
  static void TearDownTestSuite() {
    delete folder;
    folder = nullptr;
  }
  ~FetchTls() override { ::unsetenv("SSL_CERT_FILE"); }

  static std::string file(const std::string& name) { return (folder->path() / name).string(); }
  static void trust(const std::string& authority) {
    ::setenv("SSL_CERT_FILE", file(authority + ".crt").c_str(), 1);
  }

  // From https://<host> at a server that shows this certificate; what fetch() gave.
  static std::string fetched(const std::string& host, const std::string& certificate);

  static tests::ServerFolder* folder;

 private:
  static void openssl(const std::vector<std::string>& arguments) {
    tests::Program program;
    program.arguments = {"/usr/bin/openssl"};
    program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
    tests::run_program(program);
  }
  static void make_authority(const std::string& name) {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=authority " + name, "-keyout", file(name + ".key"), "-out",
             file(name + ".crt")});
  }
  // Signed by "good".
  static void make_certificate(const std::string& name, const std::string& alternative) {
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=" + name, "-keyout", file(name + ".key"), "-out", file(name + ".csr")});
    std::ofstream(file(name + ".ext")) << "subjectAltName=" << alternative << "\n";
    openssl({"x509", "-req", "-days", "2", "-in", file(name + ".csr"), "-CA", file("good.crt"),
             "-CAkey", file("good.key"), "-CAcreateserial", "-extfile", file(name + ".ext"), "-out",
             file(name + ".crt")});
  }
};

tests::ServerFolder* FetchTls::folder = nullptr;

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
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain_file(file(certificate + ".crt"));
  context.use_private_key_file(file(certificate + ".key"), ssl::context::pem);
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
