#include "tls/signing.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <utility>

#include "base/check.h"
#include "tls/openssl.h"

namespace fanfare::tls {

struct RsaPublicKey::State {
  KeyPtr key;
};

namespace {

using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

constexpr int kRsaBitsMax = 16384;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPtr to_number(std::string_view bytes) {
  return NumberPtr(BN_bin2bn(as_bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

base::Error no_key(std::string_view why) {
  ERR_clear_error();
  return base::invalid("not a usable RSA key: " + std::string(why));
}

base::Result<std::shared_ptr<const RsaPublicKey::State>> checked(KeyPtr key) {
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return no_key("it cannot be read");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) return no_key("it has not 2048 to 16384 bits");
  return std::make_shared<const RsaPublicKey::State>(std::move(key));
}

KeyPtr public_from(BIGNUM* modulus, BIGNUM* exponent) {
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  const bool filled = builder &&
                      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
                      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent) == 1;
  const ParamsPtr params(filled ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr);
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  return made ? KeyPtr(key) : nullptr;
}

std::string number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  FANFARE_CHECK(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const NumberPtr number(raw);
  std::string out(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
  BN_bn2bin(raw, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

}  // namespace

base::Result<RsaPublicKey> RsaPublicKey::from_numbers(std::string_view modulus,
                                                      std::string_view exponent) {
  if (modulus.size() > kRsaBitsMax / 8 || exponent.size() > 8) return no_key("it is too large");
  const auto n = to_number(modulus);
  const auto e = to_number(exponent);
  if (!n || !e || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1)
    return no_key("its exponent is even or 1");
  auto state = checked(public_from(n.get(), e.get()));
  if (!state) return state.error();
  return RsaPublicKey(*std::move(state));
}

bool RsaPublicKey::verify(std::string_view text, std::string_view signature) const {
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool good =
      context &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(), as_bytes(text),
                       text.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

std::string RsaPublicKey::modulus() const {
  return number_of(state_->key.get(), OSSL_PKEY_PARAM_RSA_N);
}

std::string RsaPublicKey::exponent() const {
  return number_of(state_->key.get(), OSSL_PKEY_PARAM_RSA_E);
}

RsaPrivateKey RsaPrivateKey::generate(int bits) {
  KeyPtr key(EVP_RSA_gen(static_cast<unsigned>(bits)));
  FANFARE_CHECK(key);
  return RsaPrivateKey(std::make_shared<const RsaPublicKey::State>(std::move(key)));
}

base::Result<RsaPrivateKey> RsaPrivateKey::from_pem(std::string_view pem) {
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  KeyPtr key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
  auto state = checked(std::move(key));
  if (!state) return state.error();
  return RsaPrivateKey(*std::move(state));
}

std::string RsaPrivateKey::to_pem() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  FANFARE_CHECK(out && PEM_write_bio_PKCS8PrivateKey(out.get(), state_->key.get(), nullptr, nullptr,
                                                     0, nullptr, nullptr) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string RsaPrivateKey::sign(std::string_view text) const {
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get())), '\0');
  std::size_t size = out.size();
  FANFARE_CHECK(
      context &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     as_bytes(text), text.size()) == 1);
  out.resize(size);
  return out;
}

}  // namespace fanfare::tls
