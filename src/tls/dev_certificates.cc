#include "tls/dev_certificates.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/bytes.h"
#include "tls/openssl.h"

namespace fanfare::tls {

namespace {

namespace fs = std::filesystem;

constexpr base::days kLeafLifetime{397};
constexpr base::days kCaLifetime{3650};
constexpr base::days kRenewBefore{30};
constexpr base::hours kBackdate{1};  // for clients whose clock is a little behind

base::Error failed(const fs::path& file, const std::string& what) {
  return {base::Errc::Internal, "development certificates: " + file.string() + ": " + what,
          file.string()};
}

base::Error openssl_failed() {
  return {base::Errc::Internal, "development certificates: " + take_openssl_error(), {}};
}

std::string errno_text() { return std::strerror(errno); }

std::time_t to_time_t(base::TimePoint time) {
  return std::chrono::duration_cast<base::seconds>(time.time_since_epoch()).count();
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool is_dns_name(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.empty() || host.size() > 253 || host.front() == '.') return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

/// "DNS:a,IP:::1": the form of OpenSSL's configuration, and sorted, so that it compares.
base::Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::set<std::string> names = {"DNS:localhost", "DNS:*.localhost", "IP:127.0.0.1", "IP:::1"};
  for (const std::string& given : hosts) {
    const std::string host = base::ascii_lower(given);
    if (is_address(host)) {
      names.insert("IP:" + host);
    } else if (is_dns_name(host)) {
      names.insert("DNS:" + host);
    } else {
      return base::invalid("'" + given + "' is neither a DNS name nor an IP address", "hosts");
    }
  }
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

KeyPtr new_key() { return KeyPtr(EVP_EC_gen("P-256")); }

/// 16 random bytes, positive, as RFC 5280 wants serials.
bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(
      BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

CertificatePtr new_certificate(EVP_PKEY* key, const std::string& name, base::TimePoint wall,
                               base::days lifetime) {
  CertificatePtr certificate(X509_new());
  if (!certificate) return nullptr;
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  const base::TimePoint from = wall - kBackdate;
  ASN1_TIME_set(X509_getm_notBefore(raw), to_time_t(from));
  ASN1_TIME_set(X509_getm_notAfter(raw), to_time_t(from + lifetime) - 1);
  X509_NAME* subject = X509_get_subject_name(raw);
  const bool made = set_random_serial(raw) && X509_set_pubkey(raw, key) == 1 &&
                    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                               reinterpret_cast<const unsigned char*>(name.data()),
                                               static_cast<int>(name.size()), -1, 0) == 1;
  return made ? std::move(certificate) : nullptr;
}

CertificatePtr make_ca(EVP_PKEY* key, base::TimePoint wall) {
  // The serial in the name keeps two machines' authorities apart in a trust store.
  std::array<unsigned char, 4> tag{};
  RAND_bytes(tag.data(), tag.size());
  const std::string id = base::hex_encode({reinterpret_cast<const char*>(tag.data()), tag.size()});
  CertificatePtr ca = new_certificate(key, "Fanfare development CA " + id, wall, kCaLifetime);
  if (!ca) return nullptr;
  X509* raw = ca.get();
  const bool made = X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1 &&
                    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(raw, raw, NID_subject_key_identifier, "hash") &&
                    X509_sign(raw, key, EVP_sha256()) > 0;
  return made ? std::move(ca) : nullptr;
}

CertificatePtr make_leaf(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key, const std::string& names,
                         base::TimePoint wall) {
  CertificatePtr leaf = new_certificate(key, "Fanfare development server", wall, kLeafLifetime);
  if (!leaf) return nullptr;
  X509* raw = leaf.get();
  const bool made = X509_set_issuer_name(raw, X509_get_subject_name(ca)) == 1 &&
                    add_extension(raw, ca, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(raw, ca, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(raw, ca, NID_ext_key_usage, "serverAuth") &&
                    add_extension(raw, ca, NID_subject_key_identifier, "hash") &&
                    add_extension(raw, ca, NID_authority_key_identifier, "keyid") &&
                    add_extension(raw, ca, NID_subject_alt_name, names) &&
                    X509_sign(raw, ca_key, EVP_sha256()) > 0;
  return made ? std::move(leaf) : nullptr;
}

std::string to_text(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return to_text(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return to_text(bio.get());
}

/// Whole or not at all: written beside, synced, renamed.
base::Result<void> write_file(const fs::path& file, const std::string& text) {
  const fs::path beside = file.string() + ".new";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed(beside, errno_text());
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fchmod(descriptor, 0600) == 0 && ::fsync(descriptor) == 0;
  const std::string what = written ? "" : errno_text();
  ::close(descriptor);
  if (!written) return failed(beside, what);
  if (::rename(beside.c_str(), file.c_str()) != 0) return failed(file, errno_text());
  return {};
}

CertificatePtr read_certificate(const fs::path& file) {
  const BioPtr bio(BIO_new_file(file.c_str(), "r"));
  CertificatePtr certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)
                                 : nullptr);
  ERR_clear_error();
  return certificate;
}

KeyPtr read_key(const fs::path& file) {
  const BioPtr bio(BIO_new_file(file.c_str(), "r"));
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

bool is_valid_at(X509* certificate, base::TimePoint time) {
  std::time_t at = to_time_t(time);
  return X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0 &&
         X509_cmp_time(X509_get0_notBefore(certificate), &at) < 0;
}

/// The names as alternative_names() writes them, made by a certificate that has them.
bool has_names(X509* certificate, const std::string& names) {
  const CertificatePtr wanted(X509_new());
  if (!add_extension(wanted.get(), wanted.get(), NID_subject_alt_name, names)) return false;
  const auto value = [](X509* from) -> const ASN1_OCTET_STRING* {
    const int at = X509_get_ext_by_NID(from, NID_subject_alt_name, -1);
    return at < 0 ? nullptr : X509_EXTENSION_get_data(X509_get_ext(from, at));
  };
  const ASN1_OCTET_STRING* here = value(certificate);
  return here && ASN1_OCTET_STRING_cmp(here, value(wanted.get())) == 0;
}

struct Authority {
  CertificatePtr certificate;
  KeyPtr key;
  bool made = false;
};

base::Result<Authority> read_or_make_ca(const fs::path& dir, base::TimePoint wall) {
  Authority ca{read_certificate(dir / "ca.pem"), read_key(dir / "ca.key")};
  const bool usable = ca.certificate && ca.key &&
                      X509_check_private_key(ca.certificate.get(), ca.key.get()) == 1 &&
                      is_valid_at(ca.certificate.get(), wall) &&
                      is_valid_at(ca.certificate.get(), wall + kLeafLifetime);
  ERR_clear_error();
  if (usable) return ca;
  ca.key = new_key();
  if (!ca.key) return openssl_failed();
  ca.certificate = make_ca(ca.key.get(), wall);
  if (!ca.certificate) return openssl_failed();
  ca.made = true;
  if (auto written = write_file(dir / "ca.key", to_pem(ca.key.get())); !written)
    return written.error();
  if (auto written = write_file(dir / "ca.pem", to_pem(ca.certificate.get())); !written) {
    return written.error();
  }
  return ca;
}

bool leaf_still_serves(const DevCertificates& files, X509* ca, const std::string& names,
                       base::TimePoint wall) {
  const CertificatePtr leaf = read_certificate(files.certificate);
  const KeyPtr key = read_key(files.key);
  const bool serves = leaf && key && X509_check_private_key(leaf.get(), key.get()) == 1 &&
                      X509_check_issued(ca, leaf.get()) == X509_V_OK &&
                      is_valid_at(leaf.get(), wall) &&
                      is_valid_at(leaf.get(), wall + kRenewBefore) && has_names(leaf.get(), names);
  ERR_clear_error();
  return serves;
}

base::Result<void> issue_leaf(const DevCertificates& files, const Authority& ca,
                              const std::string& names, base::TimePoint wall) {
  const KeyPtr key = new_key();
  if (!key) return openssl_failed();
  const CertificatePtr leaf = make_leaf(key.get(), ca.certificate.get(), ca.key.get(), names, wall);
  if (!leaf) return openssl_failed();
  if (auto written = write_file(files.key, to_pem(key.get())); !written) return written;
  return write_file(files.certificate, to_pem(leaf.get()) + to_pem(ca.certificate.get()));
}

base::Result<void> make_folder(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return failed(dir, error.message());
  fs::permissions(dir, fs::perms::owner_all, error);
  if (error) return failed(dir, error.message());
  return {};
}

}  // namespace

base::Result<DevCertificates> ensure_dev_certificates(const std::filesystem::path& dir,
                                                      const std::vector<std::string>& hosts,
                                                      base::TimePoint wall) {
  const auto names = alternative_names(hosts);
  if (!names) return names.error();
  if (auto folder = make_folder(dir); !folder) return folder.error();
  DevCertificates files{dir / "ca.pem", dir / "server.pem", dir / "server.key"};
  const auto ca = read_or_make_ca(dir, wall);
  if (!ca) return ca.error();
  if (leaf_still_serves(files, ca->certificate.get(), *names, wall)) return files;
  if (auto issued = issue_leaf(files, *ca, *names, wall); !issued) return issued.error();
  files.issued = true;
  return files;
}

}  // namespace fanfare::tls
