#pragma once
/// A certificate authority of one's own for the first start, so that HTTPS works before anybody has
/// configured a certificate. ECDSA P-256.
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace fanfare::tls {

struct DevCertificates {
  std::filesystem::path ca;           ///< ca.pem: what clients are told to trust
  std::filesystem::path certificate;  ///< server.pem: leaf, then CA
  std::filesystem::path key;          ///< server.key
  bool issued = false;                ///< a certificate was made by this call
};

/// Makes or keeps ca.pem, ca.key, server.pem and server.key in `dir` (files 0600, folder 0700).
/// The leaf is valid for localhost, *.localhost, 127.0.0.1, ::1 and every host of `hosts` (names,
/// wildcard names or address literals), for at most 397 days. Most clients refuse a wildcard
/// directly below a top-level name, so a name such as events.localhost is to be given itself. It is
/// issued again when it ends within 30 days of `wall` or when its hosts differ; the CA lives ten
/// years and is kept. Errors: InvalidArgument for a host that fits no certificate, Internal with
/// the file for the rest.
base::Result<DevCertificates> ensure_dev_certificates(const std::filesystem::path& dir,
                                                      const std::vector<std::string>& hosts,
                                                      base::TimePoint wall);

}  // namespace fanfare::tls
