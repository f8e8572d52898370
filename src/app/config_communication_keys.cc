#include "app/config_communication_keys.h"

#include "app/config_loopback.h"
#include "app/config_setters.h"

namespace fanfare::app {
namespace {

namespace sms = communication::sms;

using C = Config;
using N = YamlNode;
using S = ConfigSource;

/// A reply of an SMS; the empty text is one too.
base::Result<void> set_reply(std::string& target, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar || node.text.size() > 1600) return not_allowed();
  target = node.text;
  return {};
}

constexpr ConfigKey kKeys[] = {
    {"identity.clock_skew", "a duration from 1s to 1d", "15m",
     [](C& c, const N& n, const S&) {
       return set(c.identity.clock_skew, read_duration(n, base::seconds(1), base::days(1)));
     }},
    {"identity.rate_limits", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.identity.rate_limits, read_switch(n)); }},

    {"sms.repeat_window", "a duration from 1s to 1d", "5m",
     [](C& c, const N& n, const S&) {
       return set(c.sms.repeat_window, read_duration(n, base::seconds(1), base::days(1)));
     }},
    {"sms.report_timeout", "a duration from 60s to 12h", "12h",
     [](C& c, const N& n, const S&) {
       return set(c.sms.report_timeout, read_duration(n, base::seconds(60), base::hours(12)));
     }},
    {"sms.rates.toll_free", "a whole number from 0 to 1000000", "200",
     [](C& c, const N& n, const S&) {
       return set(c.sms.rates.toll_free, read_integer(n, 0, 1000000));
     }},
    {"sms.rates.short_code", "a whole number from 0 to 1000000", "6000",
     [](C& c, const N& n, const S&) {
       return set(c.sms.rates.short_code, read_integer(n, 0, 1000000));
     }},
    {"sms.rates.alphanumeric", "a whole number from 0 to 1000000", "600",
     [](C& c, const N& n, const S&) {
       return set(c.sms.rates.alphanumeric, read_integer(n, 0, 1000000));
     }},
    {"sms.rates.other", "a whole number from 0 to 1000000", "0",
     [](C& c, const N& n, const S&) {
       return set(c.sms.rates.other, read_integer(n, 0, 1000000));
     }},
    {"sms.replies.numbers", "nobody, short_codes or all", "short_codes",
     [](C& c, const N& n, const S&) {
       return set_choice<sms::RepliesOf>(c.sms.replies.numbers, n,
                                         {{"nobody", sms::RepliesOf::Nobody},
                                          {"short_codes", sms::RepliesOf::ShortCodes},
                                          {"all", sms::RepliesOf::AllNumbers}});
     }},
    {"sms.replies.stop", "a text, or \"\" for none", "the published text",
     [](C& c, const N& n, const S&) { return set_reply(c.sms.replies.stop, n); }},
    {"sms.replies.start", "a text, or \"\" for none", "the published text",
     [](C& c, const N& n, const S&) { return set_reply(c.sms.replies.start, n); }},
    {"sms.replies.help", "a text, or \"\" for none", "none",
     [](C& c, const N& n, const S&) { return set_reply(c.sms.replies.help, n); }},
    {"sms.alphanumeric_senders", "on or off", "on",
     [](C& c, const N& n, const S&) {
       auto allowed = c.sms.alphanumeric == sms::AlphanumericSenders::Allowed;
       auto done = set(allowed, read_switch(n));
       c.sms.alphanumeric =
           allowed ? sms::AlphanumericSenders::Allowed : sms::AlphanumericSenders::Refused;
       return done;
     }},
    {"sms.tag_name", "tag or Tag", "tag",
     [](C& c, const N& n, const S&) {
       return set_choice<sms::TagName>(
           c.sms.report_form.tag, n,
           {{"tag", sms::TagName::LowerCase}, {"Tag", sms::TagName::UpperCase}});
     }},
    {"sms.status_details", "code_and_words or words", "code_and_words",
     [](C& c, const N& n, const S&) {
       return set_choice<sms::StatusDetails>(c.sms.report_form.details, n,
                                             {{"code_and_words", sms::StatusDetails::CodeAndWords},
                                              {"words", sms::StatusDetails::WordsOnly}});
     }},
    {"sms.keep", "a duration from 1m to 365d", "7d",
     [](C& c, const N& n, const S&) {
       return set(c.sms.keep, read_duration(n, base::minutes(1), base::days(365)));
     }},
    {"sms.messages_max", "a whole number from 100 to 10000000", "100000",
     [](C& c, const N& n, const S&) {
       return set(c.sms.messages_max, read_integer(n, 100, 10000000));
     }},

    {"sms.loopback.scripts", "a list of scripts, in the file", "none",
     [](C& c, const N& n, const S&) -> base::Result<void> {
       auto scripts = read_scripts(n);
       if (!scripts) return scripts.error();
       c.loopback.scripts = *std::move(scripts);
       return {};
     }},
    {"sms.loopback.seed", "a whole number from 0 to 2^31", "1",
     [](C& c, const N& n, const S&) {
       return set(c.loopback.seed, read_integer(n, 0, std::int64_t{1} << 31));
     }},
    {"sms.loopback.messages_per_second", "a whole number from 0 to 1000000", "0",
     [](C& c, const N& n, const S&) {
       return set(c.loopback.messages_per_second, read_integer(n, 0, 1000000));
     }},

    {"chat.removed_users_read_history", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.chat.removed_users_read_history, read_switch(n));
     }},
    {"chat.share_history_by_default", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.chat.share_history_by_default, read_switch(n));
     }},
    {"chat.foreign_threads_forbidden", "on or off", "off",
     [](C& c, const N& n, const S&) {
       return set(c.chat.foreign_threads_forbidden, read_switch(n));
     }},
    {"chat.deleted_threads_listed", "a duration from 0 to 90d", "0",
     [](C& c, const N& n, const S&) {
       return set(c.chat.deleted_threads_listed,
                  read_duration(n, base::Duration::zero(), base::days(90)));
     }},
    {"chat.idempotency_window", "a duration from 1s to 1d", "5m",
     [](C& c, const N& n, const S&) {
       return set(c.chat.idempotency_window, read_duration(n, base::seconds(1), base::days(1)));
     }},
    {"chat.added_user_gets_event", "on or off", "on",
     [](C& c, const N& n, const S&) { return set(c.chat.added_user_gets_event, read_switch(n)); }},
    {"chat.removed_user_gets_event", "on or off", "off",
     [](C& c, const N& n, const S&) {
       return set(c.chat.removed_user_gets_event, read_switch(n));
     }},
    {"chat.in_thread_version_is_text", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.chat.in_thread_version_is_text, read_switch(n));
     }},
    {"chat.retention_raises_events", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.chat.retention_raises_events, read_switch(n));
     }},
    {"chat.rate_limits", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.chat.rate_limits, read_switch(n)); }},
    {"chat.threads_in_memory", "a whole number from 100 to 1000000", "10000",
     [](C& c, const N& n, const S&) {
       return set(c.chat.threads_in_memory, read_integer(n, 100, 1000000));
     }},

    {"phone_numbers.operation_time", "a duration from 0 to 1h", "0",
     [](C& c, const N& n, const S&) {
       return set(c.phone_numbers.operation_time,
                  read_duration(n, base::Duration::zero(), base::hours(1)));
     }},
};

}  // namespace

std::span<const ConfigKey> communication_keys() { return kKeys; }

}  // namespace fanfare::app
