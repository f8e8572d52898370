#pragma once
/// What a Session holds; shared by session.cc and the contexts that make one.
#include "tls/openssl.h"
#include "tls/session.h"

namespace fanfare::tls {

struct Session::State {
  SslPtr ssl;
  std::string failure;
};

std::unique_ptr<Session> make_session(SslPtr ssl, int descriptor);

}  // namespace fanfare::tls
