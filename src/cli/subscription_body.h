#pragma once
/// The properties of an event subscription from flags, named as those of `az eventgrid`. Pure.
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.h"
#include "json/value.h"

namespace fanfare::cli {

/// Absent, empty and false mean: not given.
struct SubscriptionFlags {
  std::string endpoint;
  std::optional<int> max_events_per_batch;
  std::optional<int> preferred_batch_size_in_kilobytes;
  std::vector<std::vector<std::string>>
      attributes;  ///< NAME static VALUE [SECRET] | NAME dynamic PATH
  std::vector<std::string> included_event_types;
  std::string subject_begins_with;
  std::string subject_ends_with;
  bool subject_case_sensitive = false;
  std::vector<std::vector<std::string>> advanced_filters;  ///< KEY OPERATOR VALUE…
  bool filter_on_arrays = false;
  std::string delivery_schema;
  std::optional<int> max_delivery_attempts;
  std::optional<int> event_ttl;  ///< minutes
  std::string deadletter_container;
  std::string deadletter_endpoint;  ///< `…/storageAccounts/A/blobServices/default/containers/C`
  std::vector<std::string> labels;
  std::string expiration_date;
};

/// `{"operatorType","key","value"|"values"}` of `data.total NumberInRange 1,5 7,9`.
Got<json::Value> advanced_filter(const std::vector<std::string>& words);

/// Sets what the flags say in `properties`, which may hold what was there. `storage_account` is the
/// ARM id that --deadletter-container belongs to.
Got<void> apply_flags(const SubscriptionFlags& flags, const std::string& storage_account,
                      json::Value& properties);

/// True when a flag concerns the destination, whose address and secrets a GET leaves out.
bool touches_destination(const SubscriptionFlags& flags);

}  // namespace fanfare::cli
