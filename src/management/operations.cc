#include "management/operations.h"

#include "base/bytes.h"

namespace fanfare::management {

std::string_view to_string(OperationStatus status) {
  switch (status) {
    case OperationStatus::InProgress:
      return "InProgress";
    case OperationStatus::Succeeded:
      return "Succeeded";
    case OperationStatus::Failed:
      return "Failed";
    case OperationStatus::Canceled:
      return "Canceled";
  }
  return "Failed";
}

void Operations::put(Operation operation) {
  const std::lock_guard lock(mutex_);
  auto id = operation.id;
  if (by_id_.insert_or_assign(id, std::move(operation)).second) order_.push_back(std::move(id));
  while (order_.size() > kept_max_) {
    by_id_.erase(order_.front());
    order_.pop_front();
  }
}

void Operations::end(const std::string& id, OperationStatus status, std::string error_code,
                     std::string error_message) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second.status != OperationStatus::InProgress) return;
  found->second.status = status;
  found->second.error_code = std::move(error_code);
  found->second.error_message = std::move(error_message);
}

std::optional<Operation> Operations::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(base::ascii_lower(id));
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

}  // namespace fanfare::management
