#pragma once
/// Long-running operations, as clients poll them. In memory, the newest kept: what lasts is the
/// state of the resource, and a client that asks for an operation of before a restart is answered
/// from there.
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fanfare::management {

enum class OperationStatus { InProgress, Succeeded, Failed, Canceled };
std::string_view to_string(OperationStatus status);

struct Operation {
  std::string id;  ///< a UUID, lower case
  OperationStatus status = OperationStatus::InProgress;
  std::string error_code;     ///< when Failed or Canceled
  std::string error_message;  ///< for people, without secrets
};

/// Thread-safe.
class Operations {
 public:
  explicit Operations(std::size_t kept_max = 10'000) : kept_max_(kept_max) {}

  /// Adds it or replaces the one with its id.
  void put(Operation operation);
  /// Ends one that is in progress; others stay as they are.
  void end(const std::string& id, OperationStatus status, std::string error_code = {},
           std::string error_message = {});
  std::optional<Operation> find(std::string_view id) const;  ///< ignoring case

 private:
  mutable std::mutex mutex_;
  std::size_t kept_max_;
  std::unordered_map<std::string, Operation> by_id_;
  std::deque<std::string> order_;
};

}  // namespace fanfare::management
