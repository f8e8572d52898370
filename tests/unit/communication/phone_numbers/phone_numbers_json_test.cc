#include "communication/phone_numbers/phone_numbers_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::communication::phone_numbers {
namespace {

using testing::ElementsAre;

const auto kAt = *base::parse_rfc3339("2026-01-31T12:00:00Z");

TEST(PhoneNumbersJson, ASearchIsReadAndItsMistakesAreNamed) {
  const auto fine = parse_search_request(
      R"({"phoneNumberType":"tollFree","assignmentType":"application",)"
      R"("capabilities":{"sms":"inbound+outbound","calling":"none"},"areaCode":"425","quantity":2})",
      "US");
  ASSERT_TRUE(fine.has_value());
  EXPECT_EQ(fine->type, NumberType::TollFree);
  EXPECT_EQ(fine->capabilities.sms, Direction::Both);
  EXPECT_EQ(fine->area_code, "425");
  EXPECT_EQ(fine->quantity, 2);
  const std::pair<const char*, const char*> wrong[] = {
      {"[]", ""},
      {"{}", "phoneNumberType"},
      {R"({"phoneNumberType":"shortCode"})", "phoneNumberType"},
      {R"({"phoneNumberType":"mobile"})", "assignmentType"},
      {R"({"phoneNumberType":"mobile","assignmentType":"person"})", "capabilities"},
      {R"({"phoneNumberType":"mobile","assignmentType":"person","capabilities":{}})", "calling"},
      {R"({"phoneNumberType":"mobile","assignmentType":"person",)"
       R"("capabilities":{"calling":"none","sms":"both"}})",
       "sms"},
      {R"({"phoneNumberType":"mobile","assignmentType":"person",)"
       R"("capabilities":{"calling":"none","sms":"none"},"quantity":0})",
       "quantity"},
  };
  for (const auto& [text, target] : wrong) {
    const auto read = parse_search_request(text, "US");
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().target, target) << text;
  }
}

TEST(PhoneNumbersJson, AReservationMapsDigitsToNumbersOrNull) {
  const auto change =
      parse_reservation_change(R"({"phoneNumbers":{"14255550110":{},"14255550111":null}})");
  ASSERT_TRUE(change.has_value());
  EXPECT_THAT(*change,
              ElementsAre(std::pair("14255550110", true), std::pair("14255550111", false)));
  EXPECT_FALSE(parse_reservation_change(R"({"phoneNumbers":{"+1425":{}}})").has_value());
  EXPECT_FALSE(parse_reservation_change(R"({"phoneNumbers":[]})").has_value());
  EXPECT_TRUE(parse_reservation_change("{}")->empty());
}

TEST(PhoneNumbersJson, AnOperationTellsItsEndOnlyWhenItHasCome) {
  Operation operation;
  operation.id = "purchase_378ddf60-81be-452a-ba4f-613198ea6c28";
  operation.kind = OperationKind::Purchase;
  operation.created = kAt;
  operation.ends = kAt + base::seconds(5);
  operation.resource_location = "/somewhere";
  EXPECT_EQ(bare_id(operation), "378ddf60-81be-452a-ba4f-613198ea6c28");
  const auto running = operation_json(operation, kAt);
  EXPECT_EQ(*running.find("status")->if_string(), "running");
  EXPECT_EQ(running.find("resourceLocation"), nullptr);
  const auto done = operation_json(operation, kAt + base::seconds(5));
  EXPECT_EQ(*done.find("status")->if_string(), "succeeded");
  EXPECT_EQ(*done.find("resourceLocation")->if_string(), "/somewhere");
  operation.resource_location.clear();
  EXPECT_EQ(operation_json(operation, operation.ends).find("resourceLocation"), nullptr)
      << "a client would fetch it";
  operation.error_code = "OutOfStock";
  const auto failed = operation_json(operation, operation.ends);
  EXPECT_EQ(*failed.find("status")->if_string(), "failed");
  EXPECT_EQ(*failed.find("error")->find("code")->if_string(), "OutOfStock");
}

TEST(PhoneNumbersJson, OperatorInformationHasDetailsWhenTheyAreWanted) {
  EXPECT_EQ(json::write(operator_json("+14255550100", false, true)),
            R"({"phoneNumber":"+14255550100","nationalFormat":"(425) 555-0100",)"
            R"("internationalFormat":"+1 425-555-0100"})");
  EXPECT_EQ(json::write(operator_json("+14255550100", true, true)),
            R"({"phoneNumber":"+14255550100","nationalFormat":"(425) 555-0100",)"
            R"("internationalFormat":"+1 425-555-0100","numberType":"geographic",)"
            R"("isoCountryCode":"US","operatorDetails":{"name":"Fanfare"}})");
  EXPECT_EQ(operator_json("+14255550100", true, false).find("operatorDetails"), nullptr);
  EXPECT_EQ(parse_operator_request(R"({"phoneNumbers":["x"]})").error().target, "phoneNumbers");
  EXPECT_TRUE(parse_operator_request(R"({"phoneNumbers":["+14255550100"],)"
                                     R"("options":{"includeAdditionalOperatorDetails":true}})")
                  ->with_details);
}

TEST(PhoneNumbersJson, StoredHoldingsReadBack) {
  Search search;
  search.id = "a";
  search.country = "US";
  search.numbers = {"+14255550110"};
  search.expires = kAt;
  search.cost = {1.5, "EUR"};
  const auto read = parse_search(search_record(search));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(json::write(search_record(*read)), json::write(search_record(search)));

  Reservation reservation;
  reservation.id = "b";
  reservation.created = kAt;
  reservation.expires = kAt + base::minutes(1);
  ReservedNumber reserved;
  reserved.item.number = "+14255550110";
  reserved.error_code = "NotAvailable";
  reservation.numbers.emplace("14255550110", reserved);
  const auto again = parse_reservation(reservation_record(reservation));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(json::write(reservation_record(*again)), json::write(reservation_record(reservation)));

  Operation operation{"search_a", OperationKind::ReservationPurchase, kAt, kAt, "/l", "c", "m"};
  const auto third = parse_operation(operation_record(operation));
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(json::write(operation_record(*third)), json::write(operation_record(operation)));
  EXPECT_FALSE(parse_operation(json::Value::object({{"id", "x"}})).has_value());
}

}  // namespace
}  // namespace fanfare::communication::phone_numbers
