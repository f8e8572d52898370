#include "communication/identity/identities.h"

#include <gmock/gmock.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <set>

#include "unit/communication/identity/stage.h"

namespace fanfare::communication::identity {
namespace {

using testing::Folder;
using testing::kKey1;
using testing::kKey2;
using testing::kNow;
using testing::Stage;
using testing::StageOptions;

TokenWish wish(Scopes scopes = 1, base::minutes lifetime = kTokenLifetimeMax) {
  TokenWish out;
  out.scopes = scopes;
  out.lifetime = lifetime;
  return out;
}

TEST(Identities, HaveIdsOfTheResourceWithOneUnderscore) {
  Stage stage;
  std::set<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.insert(stage.create());
  EXPECT_EQ(ids.size(), 10u);
  for (const auto& id : ids) {
    EXPECT_THAT(id, ::testing::MatchesRegex(
                        "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652_[0-9a-f]{8}(-[0-9a-f]{4}){3}-"
                        "[0-9a-f]{12}"));
    EXPECT_EQ(std::ranges::count(id, '_'), 1);
  }
}

TEST(Identities, AreFoundWithTheirLastToken) {
  Stage stage;
  const auto user = stage.create();
  EXPECT_EQ(stage.run(stage.identities().find(stage.resource(), user))->last_token, std::nullopt);
  stage.advance(base::hours(1));
  stage.issue(user);
  EXPECT_EQ(stage.run(stage.identities().find(stage.resource(), user))->last_token,
            kNow + base::hours(1));
}

TEST(Identities, OfAnotherResourceAreNotOwned) {
  Stage stage;
  for (const auto* id :
       {"8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000", "",
        "nonsense", "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652",
        "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652_x_y", "4:+15551234567"}) {
    const auto refused = stage.run(stage.identities().issue(stage.resource(), id, wish()));
    ASSERT_FALSE(refused) << id;
    EXPECT_EQ(refused.error().code, base::Errc::Unauthorized) << id;
    EXPECT_FALSE(stage.run(stage.identities().revoke(stage.resource(), id)));
    EXPECT_FALSE(stage.run(stage.identities().remove(stage.resource(), id)));
    EXPECT_FALSE(stage.run(stage.identities().find(stage.resource(), id)));
  }
}

TEST(Identities, ThatNeverWereAreNotFound) {
  Stage stage;
  const std::string id =
      "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652_00000005-14a2-493b-8a72-5a3a0d000081";
  const auto refused = stage.run(stage.identities().issue(stage.resource(), id, wish()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::NotFound);
  EXPECT_EQ(refused.error().message, "Provided identity doesn't exist.");
}

TEST(Tokens, TellTheUserAndTheScopes) {
  Stage stage;
  const auto user = stage.create();
  const auto token = stage.issue(user, 3);
  for (int i = 0; i < 2; ++i) {  // the second time from memory
    const auto holder = stage.identities().verify(stage.resource(), token);
    ASSERT_TRUE(holder) << holder.error().message;
    EXPECT_EQ(holder->user, user);
    EXPECT_EQ(holder->scopes, 3);
  }
}

TEST(Tokens, OfACreationAreGoodToo) {
  Stage stage;
  IdentityWish wanted;
  wanted.token = wish(4, base::minutes(60));
  const auto made = stage.run(stage.identities().create(stage.resource(), wanted));
  ASSERT_TRUE(made && made->token);
  EXPECT_EQ(made->token->expires, *base::parse_rfc3339("2026-01-31T13:00:00Z"));
  EXPECT_EQ(stage.identities().verify(stage.resource(), made->token->token)->user, made->user);
}

TEST(Tokens, EndWithTheirLifetimeKnownOrNot) {
  Stage stage;
  const auto user = stage.create();
  const auto known =
      stage.run(stage.identities().issue(stage.resource(), user, wish(1, base::minutes(60))));
  const auto unknown =
      stage.run(stage.identities().issue(stage.resource(), user, wish(1, base::minutes(60))));
  stage.advance(base::minutes(60) - base::seconds(1));
  EXPECT_TRUE(stage.accepts(known->token));
  stage.advance(base::seconds(1));
  EXPECT_FALSE(stage.accepts(known->token));
  EXPECT_FALSE(stage.accepts(unknown->token));
}

TEST(Tokens, ChangedInAnyCharacterAreRefused) {
  Stage stage;
  const auto token = stage.issue(stage.create());
  ASSERT_TRUE(stage.accepts(token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(stage.accepts(changed)) << i;
  }
  for (const auto& other : {std::string(), token + "x", std::string(20'000, 'a')})
    EXPECT_FALSE(stage.accepts(other));
}

TEST(Tokens, OfAnotherResourceAreRefused) {
  Stage stage;
  Stage other;
  EXPECT_FALSE(stage.accepts(other.issue(other.create()))) << "another key";
  ResourceWish second;
  second.subscription_id = "00000000-0000-0000-0000-000000000000";
  second.resource_group = "local";
  second.name = "second";
  const auto resource = stage.run(stage.resources().put(second));
  ASSERT_TRUE(resource);
  const auto user = stage.run(stage.identities().create(*resource, {}))->user;
  const auto token = stage.run(stage.identities().issue(*resource, user, wish()))->token;
  EXPECT_TRUE(stage.identities().verify(*resource, token));
  EXPECT_FALSE(stage.accepts(token)) << "known to be good, but not here";
}

TEST(Tokens, AreDeadAsSoonAsARevocationIsAnswered) {
  Stage stage;
  const auto user = stage.create();
  const auto known = stage.issue(user);
  const auto unknown = stage.issue(user);
  ASSERT_TRUE(stage.accepts(known));
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  EXPECT_FALSE(stage.accepts(known));
  EXPECT_FALSE(stage.accepts(unknown));
}

TEST(Tokens, IssuedInTheInstantAfterARevocationAreGood) {
  Stage stage;
  const auto user = stage.create();
  const auto before = stage.issue(user);
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  const auto after = stage.issue(user);
  EXPECT_TRUE(stage.accepts(after));
  EXPECT_FALSE(stage.accepts(before));
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  EXPECT_FALSE(stage.accepts(after)) << "revoked twice";
}

TEST(Tokens, OfOthersSurviveARevocation) {
  Stage stage;
  const auto user = stage.create();
  const auto other = stage.create();
  const auto token = stage.issue(other);
  stage.issue(user);
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  EXPECT_TRUE(stage.accepts(token));
}

TEST(Tokens, DieWithTheirIdentity) {
  Stage stage;
  const auto user = stage.create();
  const auto token = stage.issue(user);
  ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), user)));
  EXPECT_FALSE(stage.accepts(token));
  for (int i = 0; i < 2; ++i) {
    const auto again = stage.run(stage.identities().remove(stage.resource(), user));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, base::Errc::NotFound);
  }
  EXPECT_FALSE(stage.run(stage.identities().issue(stage.resource(), user, wish())));
}

TEST(Tokens, DieWithTheAccessKeyTheyWereMadeUnderAndWithNoOther) {
  Stage stage;
  const auto user = stage.create();
  const auto under = [&](std::optional<auth::SigningKey> key) {
    auto wanted = wish();
    wanted.made_under = key;
    return stage.run(stage.identities().issue(stage.resource(), user, wanted))->token;
  };
  const auto first = under(auth::SigningKey::Key1);
  const auto second = under(auth::SigningKey::Key2);
  const auto bearer = under(std::nullopt);
  for (const auto& token : {first, second, bearer}) EXPECT_TRUE(stage.accepts(token));
  ASSERT_TRUE(stage.run(
      stage.resources().regenerate_key(stage.resource()->arm_id(), ResourceKey::Primary)));
  EXPECT_FALSE(stage.accepts(first));
  EXPECT_TRUE(stage.accepts(second));
  EXPECT_TRUE(stage.accepts(bearer));
}

TEST(Tokens, SurviveOtherChangesOfTheResource) {
  Stage stage;
  auto wanted = wish();
  wanted.made_under = auth::SigningKey::Key1;
  const auto token =
      stage.run(stage.identities().issue(stage.resource(), stage.create(), wanted))->token;
  ASSERT_TRUE(stage.accepts(token));
  ResourceWish change;
  change.subscription_id = "00000000-0000-0000-0000-000000000000";
  change.resource_group = "local";
  change.name = "fanfare";
  change.events_revision = EventsRevision::Seed2020;
  ASSERT_TRUE(stage.run(stage.resources().put(change)));
  EXPECT_TRUE(stage.accepts(token));
}

TEST(Identities, KeepTokensKeysAndRevocationsAcrossARestart) {
  const Folder folder;
  StageOptions options;
  options.folder = folder.path;
  std::string good, revoked, deleted, user;
  {
    Stage stage(options);
    user = stage.create();
    good = stage.issue(user);
    const auto second = stage.create();
    revoked = stage.issue(second);
    ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), second)));
    const auto third = stage.create();
    deleted = stage.issue(third);
    ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), third)));
  }
  for (int restart = 0; restart < 2; ++restart) {  // from the log, and from the view after it
    Stage stage(options);
    EXPECT_TRUE(stage.accepts(good));
    EXPECT_FALSE(stage.accepts(revoked));
    EXPECT_FALSE(stage.accepts(deleted));
    EXPECT_TRUE(stage.accepts(stage.issue(user)));
    EXPECT_EQ(stage.identities().revocations(), 2u);
  }
}

TEST(Identities, RememberRevocationsOnlyAsLongAsTokensLive) {
  Stage stage;
  const auto user = stage.create();
  const auto other = stage.create();
  stage.issue(user);
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), user)));
  EXPECT_EQ(stage.identities().revocations(), 1u);
  stage.advance(base::hours(23));
  stage.issue(other);
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), other)));
  EXPECT_EQ(stage.identities().revocations(), 2u);
  stage.advance(base::hours(3));
  ASSERT_TRUE(stage.run(stage.identities().revoke(stage.resource(), other)));
  EXPECT_EQ(stage.identities().revocations(), 1u) << "the first one has served its time";
}

TEST(Identities, WithoutTokensCostNoMemoryWhenTheyGo) {
  Stage stage;
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), stage.create())));
  EXPECT_EQ(stage.identities().revocations(), 0u);
}

TEST(Identities, WithTheSameCustomIdAreTheSame) {
  Stage stage;
  IdentityWish wanted;
  wanted.custom_id = "sally@contoso.com";
  const auto first = stage.run(stage.identities().create(stage.resource(), wanted));
  wanted.token = wish();
  const auto second = stage.run(stage.identities().create(stage.resource(), wanted));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->user, second->user);
  EXPECT_TRUE(stage.accepts(second->token->token));
  EXPECT_EQ(stage.run(stage.identities().find(stage.resource(), first->user))->custom_id,
            "sally@contoso.com");
  wanted.custom_id = "other";
  EXPECT_NE(stage.run(stage.identities().create(stage.resource(), wanted))->user, first->user);
}

TEST(Identities, OfADeletedCustomIdAreNew) {
  Stage stage;
  IdentityWish wanted;
  wanted.custom_id = "sally";
  const auto first = stage.run(stage.identities().create(stage.resource(), wanted))->user;
  ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), first)));
  const auto second = stage.run(stage.identities().create(stage.resource(), wanted))->user;
  EXPECT_NE(first, second);
}

base::Async<void> create_into(Stage& stage, IdentityWish wanted, std::vector<std::string>& out) {
  auto made = co_await stage.identities().create(stage.resource(), std::move(wanted));
  out.push_back(made->user);
}

TEST(Identities, CreatedAtOnceWithOneCustomIdAreOneAndShareOneSigningKey) {
  Stage stage;
  IdentityWish wanted;
  wanted.custom_id = "sally";
  wanted.token = wish();
  std::vector<std::string> made;
  base::block_on(stage.threads.executor(0), [&]() -> base::Async<void> {
    for (int i = 0; i < 20; ++i) {
      auto one = create_into(stage, wanted, made);
      asio::co_spawn(stage.threads.executor(0), std::move(one), asio::detached);
    }
    while (made.size() < 20) {
      auto again = asio::post(stage.threads.executor(0), asio::use_awaitable_t<base::Executor>());
      co_await std::move(again);
    }
  });
  EXPECT_EQ(std::set(made.begin(), made.end()).size(), 1u);
  int keys = 0;
  ASSERT_TRUE(stage.records().scan(Keys(stage.resource()->id).signing_keys(), {},
                                   [&](std::string_view, std::string_view) { return ++keys > 0; }));
  EXPECT_EQ(keys, 1);
}

/// Counts what it is told, and fails while it is told to.
struct Ear {
  std::vector<std::string> users;
  bool fails = false;

  base::Async<base::Result<void>> hear(ResourcePtr resource, std::string user) {
    EXPECT_EQ(resource->immutable_id, testing::kGuid);
    users.push_back(std::move(user));
    if (fails) co_return base::Error{base::Errc::Unavailable, "not now", {}};
    co_return base::Result<void>();
  }
  DeletionListener listener() {
    return [this](ResourcePtr resource, std::string user) {
      return hear(std::move(resource), std::move(user));
    };
  }
};

TEST(DeletionListener, IsToldOnce) {
  const Folder folder;
  Ear ear;
  StageOptions options;
  options.folder = folder.path;
  options.on_deleted = ear.listener();
  std::string user;
  {
    Stage stage(options);
    user = stage.create();
    ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), user)));
    EXPECT_THAT(ear.users, ::testing::ElementsAre(user));
  }
  const Stage again(options);
  EXPECT_EQ(ear.users.size(), 1u);
}

TEST(DeletionListener, IsToldAgainAfterARestartUntilItSucceeds) {
  const Folder folder;
  Ear ear;
  ear.fails = true;
  StageOptions options;
  options.folder = folder.path;
  options.on_deleted = ear.listener();
  std::string user;
  {
    Stage stage(options);
    user = stage.create();
    const auto token = stage.issue(user);
    ASSERT_TRUE(stage.run(stage.identities().remove(stage.resource(), user)));
    EXPECT_FALSE(stage.accepts(token)) << "the identity has gone all the same";
  }
  {
    const Stage still_failing(options);
  }
  EXPECT_THAT(ear.users, ::testing::ElementsAre(user, user));
  ear.fails = false;
  {
    const Stage succeeds(options);
  }
  {
    const Stage quiet(options);
  }
  EXPECT_THAT(ear.users, ::testing::ElementsAre(user, user, user));
}

}  // namespace
}  // namespace fanfare::communication::identity
