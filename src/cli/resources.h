#pragma once
/// Paths of topics, communication resources and event subscriptions in the management API, and
/// waiting for what it does.
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/api_client.h"
#include "cli/options.h"
#include "json/value.h"

namespace fanfare::cli {

/// A name within the scope, or an ARM id (it begins with a slash), which is taken as it is.
std::string topic_path(const ResourceScope& scope, const std::string& topic);
/// The same for a communication resource.
std::string communication_path(const ResourceScope& scope, const std::string& resource);
/// Every topic of the Azure subscription.
std::string topics_path(const ResourceScope& scope);
/// `source_path` is that of a topic or a communication resource.
std::string event_subscriptions_path(const std::string& source_path);
std::string event_subscription_path(const std::string& source_path, const std::string& name);

/// Adds `?api-version=…`.
std::string versioned(const std::string& path);

/// PUT or PATCH, then waits for the operation. Returns the resource as it is then: Succeeded or
/// AwaitingManualAction. Failed is a Failure with the operation's error, a wait over `limit` is
/// Exit::Unfinished.
Got<json::Value> change_and_wait(ApiClient& api, http::Method method, const std::string& path,
                                 const json::Value& body, base::Duration limit);
/// True when there was something to delete.
Got<bool> delete_and_wait(ApiClient& api, const std::string& path, base::Duration limit);

/// Every item of a list, page by page.
Got<json::Array> list_all(ApiClient& api, const std::string& path);

/// The text at a path such as `properties.inputSchema`; empty when absent or no text. Numbers and
/// booleans come as their JSON text.
std::string text_at(const json::Value& value, std::string_view path);

}  // namespace fanfare::cli
