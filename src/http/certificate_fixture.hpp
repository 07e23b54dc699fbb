// Certificates that openssl makes, for tests of TLS.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/ssl/context.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::http {

// Authorities "good" and "other"; certificates "localhost", "elsewhere" and "address" (127.0.0.1)
// of the first. Each as <name>.crt and <name>.key.
class CertificateTest : public testing::Test {
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

  static std::string file(const std::string& name) { return (folder->path() / name).string(); }

  // Of a server that shows this certificate.
  static boost::asio::ssl::context server_context(const std::string& certificate) {
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    context.use_certificate_chain_file(file(certificate + ".crt"));
    context.use_private_key_file(file(certificate + ".key"), boost::asio::ssl::context::pem);
    return context;
  }

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

  inline static tests::ServerFolder* folder = nullptr;
};

}  // namespace footfall::http
