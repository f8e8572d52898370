#include "communication/phone_numbers/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "communication/phone_numbers/e164.h"
#include "communication/resources.h"
#include "log/open.h"
#include "queue/queue.h"

namespace fanfare::communication::phone_numbers {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const auto kNow = *base::parse_rfc3339("2026-01-31T12:00:00Z");

/// The telephone company on a real log and view, in memory or in a folder.
class Company {
 public:
  explicit Company(std::filesystem::path folder = {}, Options options = {},
                   std::vector<InventoryNumber> inventory = demo_inventory()) {
    const bool memory = folder.empty();
    log::Options log_options;
    log_options.folder = folder / "log";
    log_options.segment_bytes = 4u << 20;
    log_ = *log::open(memory ? "memory" : "local", log_options);
    records_ = *view::open(memory ? "memory" : "rocks", folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    EXPECT_TRUE(registry_->load().has_value());
    EXPECT_TRUE(resources_->load(*records_).has_value());
    const auto started = queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
    });
    EXPECT_TRUE(started.has_value());
    publisher_ = std::make_unique<grid::Publisher>(*queue_, clock, nullptr);
    committer_ = std::make_unique<Committer>(*registry_, *publisher_);
    numbers = std::make_unique<PhoneNumbers>(directory, *committer_, clock, base::system_random(),
                                             options);
    resource = make_resource("fanfare");
    EXPECT_TRUE(numbers->load(resource->id, inventory, *records_).has_value());
  }
  ~Company() {
    threads.stop();
    queue_->close();
    log_->close();
  }

  ResourcePtr make_resource(std::string name) {
    ResourceWish wish;
    wish.subscription_id = "00000000-0000-0000-0000-000000000000";
    wish.resource_group = "local";
    wish.name = std::move(name);
    return *run(resources_->put(std::move(wish)));
  }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(threads.executor(0), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  Started search(int quantity = 1, std::string area = "425") {
    SearchRequest request;
    request.country = "US";
    request.capabilities = {Direction::None, Direction::Both};
    request.area_code = std::move(area);
    request.quantity = quantity;
    return *run(numbers->search(resource, std::move(request)));
  }
  base::Result<Started> purchase(const std::string& search_id,
                                 ResellAgreement agreement = ResellAgreement::None) {
    return run(numbers->purchase(resource, search_id, agreement));
  }
  std::vector<std::string> owned() {
    std::vector<std::string> out;
    for (const auto& number : directory.owned(resource->id)) out.push_back(number.item.number);
    return out;
  }
  void pass(base::Duration time) { clock.advance_to(clock.now() + time); }
  const view::Records& records() { return *records_; }

  base::VirtualClock clock{kNow};
  base::IoThreads threads{1};
  Directory directory;
  std::unique_ptr<PhoneNumbers> numbers;
  ResourcePtr resource;

 private:
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
};

TEST(PhoneNumbers, WhatWasFoundIsHeldAndBoughtWithTheCapabilitiesOfTheSearch) {
  Company company;
  const auto found = company.search(2);
  EXPECT_EQ(found.operation.error_code, "");
  EXPECT_THAT(found.operation.id, StartsWith("search_"));
  ASSERT_THAT(found.search->numbers, SizeIs(2));
  EXPECT_THAT(found.search->numbers, Each(StartsWith("+1425")));
  for (const auto& number : company.search(100).search->numbers) {
    EXPECT_THAT(found.search->numbers, testing::Not(testing::Contains(number)));
  }
  const auto bought = company.purchase(found.search->id);
  ASSERT_TRUE(bought.has_value());
  EXPECT_EQ(bought->operation.error_code, "");
  const auto number = company.directory.find_owned(company.resource->id, found.search->numbers[0]);
  ASSERT_TRUE(number.has_value());
  EXPECT_EQ(number->item.capabilities.calling, Direction::None);
  EXPECT_EQ(number->purchased, kNow);
  EXPECT_EQ(company.purchase(found.search->id)->operation.error_code, "ReservationExpired")
      << "only once";
}

TEST(PhoneNumbers, ASearchThatExpiredHoldsAndSellsNothing) {
  Company company;
  const auto found = company.search(20);
  EXPECT_EQ(company.search(1).operation.error_code, "OutOfStock");
  company.pass(14min + 59s);
  EXPECT_EQ(company.purchase(found.search->id)->operation.error_code, "ReservationExpired");
  EXPECT_EQ(company.search(1).operation.error_code, "");
  EXPECT_THAT(company.owned(), SizeIs(2)) << "those of the demo";
}

TEST(PhoneNumbers, WithoutStockTheSearchFailsAndSaysSo) {
  Company company;
  const auto none = company.search(1, "999");
  EXPECT_EQ(none.operation.error_code, "OutOfStock");
  EXPECT_EQ(none.operation.resource_location, "");
  EXPECT_TRUE(company.numbers->find_search(company.resource->id, none.search->id).has_value());
  EXPECT_EQ(company.purchase("no-such-search").error().code, base::Errc::NotFound);
}

TEST(PhoneNumbers, SomeAreOnlySoldWithAnAgreement) {
  InventoryNumber item;
  item.number = "+14255550110";
  item.reselling = Reselling::Forbidden;
  Company company({}, {}, {item});
  const auto found = company.search();
  const auto refused = company.purchase(found.search->id);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().target, "agreeToNotResell");
  EXPECT_TRUE(company.purchase(found.search->id, ResellAgreement::Given).has_value());
  EXPECT_THAT(company.owned(), SizeIs(1));
}

TEST(PhoneNumbers, AReleasedNumberIsOnSaleAgain) {
  Company company;
  const auto released = company.run(company.numbers->release(company.resource, "+14255550100"));
  ASSERT_TRUE(released.has_value());
  EXPECT_THAT(released->operation.id, StartsWith("release_"));
  EXPECT_THAT(company.owned(), testing::ElementsAre("+15555550100"));
  EXPECT_TRUE(company.directory.find_available(company.resource->id, "+14255550100").has_value());
  const auto twice = company.run(company.numbers->release(company.resource, "+14255550100"));
  EXPECT_EQ(twice.error().code, base::Errc::NotFound);
}

TEST(PhoneNumbers, CapabilitiesChangeWithinWhatTheNumberCan) {
  Company company;
  const auto update = [&](std::optional<Direction> calling, std::optional<Direction> sms) {
    return company.run(
        company.numbers->update_capabilities(company.resource, "+15555550100", calling, sms));
  };
  const auto less = update(std::nullopt, Direction::Inbound);
  ASSERT_TRUE(less.has_value());
  EXPECT_EQ(less->number->item.capabilities.sms, Direction::Inbound);
  EXPECT_EQ(less->number->item.capabilities.calling, Direction::Both);
  EXPECT_TRUE(update(Direction::None, Direction::Both).has_value()) << "and back again";
  InventoryNumber plain;
  plain.number = "+15555550100";
  plain.stock = Stock::Owned;
  Company modest({}, {}, {plain});
  const auto refused = modest.run(modest.numbers->update_capabilities(
      modest.resource, "+15555550100", Direction::Both, std::nullopt));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Errc::InvalidArgument);
}

TEST(PhoneNumbers, TwoResourcesDoNotOwnOneNumber) {
  Company company;
  const auto other = company.make_resource("other");
  auto inventory = demo_inventory();
  for (auto& item : inventory) item.stock = Stock::Available;
  ASSERT_TRUE(company.numbers->load(other->id, inventory, company.records()).has_value());
  EXPECT_EQ(company.directory.owner_of("+15555550100"), company.resource->id);
  EXPECT_FALSE(company.directory.find_available(other->id, "+15555550100").has_value());
  EXPECT_FALSE(company.directory.find_owned(other->id, "+15555550100").has_value());
  company.directory.forget(company.resource->id);
  EXPECT_TRUE(company.directory.find_available(other->id, "+15555550100").has_value());
}

// --- reservations
// ---------------------------------------------------------------------------------

constexpr const char* kReservation = "378ddf60-81be-452a-ba4f-613198ea6c28";

ChangedReservation reserve(Company& company, ReservationChange change,
                           std::string id = kReservation) {
  return *company.run(
      company.numbers->change_reservation(company.resource, std::move(id), std::move(change)));
}

TEST(PhoneNumbers, AReservationIsMadeChangedAndBought) {
  Company company;
  const auto made = reserve(company, {{"14255550110", true}, {"14255550111", true}});
  EXPECT_TRUE(made.created);
  EXPECT_FALSE(made.partly);
  EXPECT_EQ(made.reservation.expires, kNow + 15min);
  company.pass(10min);
  const auto changed = reserve(company, {{"14255550111", false}, {"14255550112", true}});
  EXPECT_FALSE(changed.created);
  EXPECT_EQ(changed.reservation.expires, kNow + 25min);
  EXPECT_THAT(changed.reservation.numbers, SizeIs(2));
  const auto bought = company.run(
      company.numbers->purchase_reservation(company.resource, kReservation, ResellAgreement::None));
  ASSERT_TRUE(bought.has_value());
  EXPECT_THAT(company.owned(), testing::IsSupersetOf({"+14255550110", "+14255550112"}));
  const auto reservation = company.numbers->find_reservation(company.resource->id, kReservation);
  EXPECT_EQ(reservation->status(company.numbers->now()), ReservationStatus::Completed);
  const auto again = company.run(
      company.numbers->change_reservation(company.resource, kReservation, {{"14255550113", true}}));
  EXPECT_EQ(again.error().code, base::Errc::Conflict);
}

TEST(PhoneNumbers, WhatCannotBeReservedIsToldAndTheRestIsKept) {
  Company company;
  const auto held = company.search(1).search->numbers[0];
  const auto made =
      reserve(company, {{digits_of(held), true}, {"19995550100", true}, {"14255550125", true}});
  EXPECT_TRUE(made.partly);
  EXPECT_EQ(made.reservation.numbers.at(digits_of(held)).error_code, "NotAvailable");
  const auto kept = company.numbers->find_reservation(company.resource->id, kReservation);
  EXPECT_THAT(kept->numbers, SizeIs(1));
}

TEST(PhoneNumbers, AReservationLivesTwoHoursAtMost) {
  Company company;
  reserve(company, {{"14255550110", true}});
  for (int i = 0; i < 11; ++i) {
    company.pass(10min);
    reserve(company, {});
  }
  const auto last = reserve(company, {});
  EXPECT_EQ(last.reservation.expires, kNow + 2h);
  company.pass(10min);
  const auto late =
      company.run(company.numbers->change_reservation(company.resource, kReservation, {}));
  EXPECT_EQ(late.error().code, base::Errc::Conflict);
  EXPECT_FALSE(
      reserve(company, {{"14255550110", true}}, "00000000-0000-0000-0000-000000000001").partly)
      << "its numbers are free";
}

TEST(PhoneNumbers, ADeletedReservationFreesItsNumbers) {
  Company company;
  reserve(company, {{"14255550110", true}});
  const auto remove = [&] {
    return company.run(company.numbers->delete_reservation(company.resource, kReservation));
  };
  EXPECT_TRUE(remove().has_value());
  EXPECT_EQ(remove().error().code, base::Errc::NotFound);
  EXPECT_THAT(company.numbers->reservations(company.resource->id), IsEmpty());
  EXPECT_EQ(company.search(20).search->numbers.size(), 20U);
}

TEST(PhoneNumbers, BrowsingShowsWhatNobodyHolds) {
  Company company;
  BrowseRequest request;
  request.country = "US";
  request.prefixes = {"1425", "+1212"};
  EXPECT_THAT(company.numbers->browse(company.resource->id, request), SizeIs(40));
  company.search(5);
  const auto left = company.numbers->browse(company.resource->id, request);
  EXPECT_THAT(left, SizeIs(35));
  request.capabilities = {Direction::Both, Direction::Both};
  request.type = NumberType::Mobile;
  EXPECT_THAT(company.numbers->browse(company.resource->id, request), IsEmpty());
}

// --- keeping
// --------------------------------------------------------------------------------------

TEST(PhoneNumbers, WhatWasBoughtReleasedAndHeldIsKnownAfterARestart) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("fanfare-numbers-" + base::uuid4(base::system_random()));
  std::filesystem::create_directories(folder);
  std::string operation, bought, search;
  {
    Company before(folder);
    const auto found = before.search();
    bought = found.search->numbers[0];
    operation = before.purchase(found.search->id)->operation.id;
    ASSERT_TRUE(before.run(before.numbers->release(before.resource, "+14255550100")).has_value());
    search = before.search(3).search->id;
    reserve(before, {{"12125550110", true}});
  }
  {
    Company after(folder);
    EXPECT_THAT(after.owned(), testing::UnorderedElementsAre("+15555550100", bought));
    EXPECT_TRUE(after.numbers->find_operation(after.resource->id, operation).has_value());
    EXPECT_THAT(after.numbers->reservations(after.resource->id), SizeIs(1));
    EXPECT_TRUE(after.purchase(search).has_value());
    EXPECT_THAT(after.owned(), SizeIs(5));
  }
  {
    Company unlisted(folder, {}, {});
    EXPECT_THAT(unlisted.owned(), SizeIs(4)) << "what was bought stays, whatever is configured";
  }
  std::filesystem::remove_all(folder);
}

TEST(PhoneNumbers, WhatHasEndedIsForgottenInTimeAndInNumber) {
  Options options;
  options.kept_max = 10;
  Company company({}, options);
  std::string first = company.search(1).operation.id;
  for (int i = 0; i < 30; ++i) {
    company.pass(1h);
    company.search(1);
  }
  EXPECT_FALSE(company.numbers->find_operation(company.resource->id, first).has_value());
  std::size_t records = 0;
  const auto scanned = company.records().scan(area_prefix(company.resource->id, "phone_numbers"),
                                              {}, [&](std::string_view, std::string_view) {
                                                ++records;
                                                return true;
                                              });
  ASSERT_TRUE(scanned.has_value());
  EXPECT_LE(records, 22U) << "searches and operations";
}

TEST(PhoneNumbers, AnOperationIsReportedAsRunningForItsTime) {
  Options options;
  options.operation_time = 5s;
  Company company({}, options);
  const auto started = company.search();
  EXPECT_EQ(started.operation.ends, kNow + 5s);
  const auto deleted =
      company.run(company.numbers->delete_operation(company.resource, started.operation.id));
  EXPECT_TRUE(deleted.has_value());
  EXPECT_FALSE(
      company.numbers->find_operation(company.resource->id, started.operation.id).has_value());
}

}  // namespace
}  // namespace fanfare::communication::phone_numbers
