#include "base/names.hpp"
#include "protocol/event_codec.hpp"

#include "generators.hpp"
#include "oracle.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>
#include <string_view>

using namespace daybook;
using namespace daybook::protocol;

// What the log may give back that no book wrote: the codec says `corrupt`, or the bytes are the one
// encoding of the event that it returns.

namespace {

std::string encoded(const ledger::stored_event& x) {
  byte_buffer out;
  encode(x.content, x.joined, out);
  return std::string{as_text(out)};
}

std::string serialized(const v1::Event& x) { return x.SerializeAsString(); }

/// The message of the refusal.
std::string refusal(std::string_view bytes) {
  auto decoded = decode(as_bytes(bytes));
  REQUIRE_FALSE(decoded.has_value());
  REQUIRE(decoded.error().code() == ec::corrupt);
  return decoded.error().message();
}

v1::Event posting_message(std::uint64_t low, std::uint64_t high) {
  v1::Event x;
  auto& posting = *x.mutable_transaction_posted()->add_postings();
  posting.set_amount_low(low);
  posting.set_amount_high(high);
  return x;
}

v1::Event account_message() {
  v1::Event x;
  auto& account = *x.mutable_account_opened();
  account.set_path("a");
  account.set_asset("CZK");
  account.set_kind(v1::ACCOUNT_KIND_ASSET);
  account.set_normal_side(v1::SIDE_DEBIT);
  return x;
}

/// Decodes to an error, or to an event whose encoding these bytes are. True for an event.
bool is_canonical_or_refused(std::string_view bytes) {
  auto decoded = decode(as_bytes(bytes));
  if (!decoded) {
    RC_ASSERT(decoded.error().code() == ec::corrupt);
    return false;
  }
  RC_ASSERT(encoded(*decoded) == bytes);
  return true;
}

} // namespace

TEST_CASE("random bytes are refused or are an encoding") {
  REQUIRE(rc::check([](const std::string& bytes) { is_canonical_or_refused(bytes); }));
}

TEST_CASE("a changed encoding is refused or is another encoding, as protobuf sees it too") {
  REQUIRE(rc::check([] {
    auto bytes = encoded(*generators::stored_event());
    auto changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      bytes[at] = *rc::gen::arbitrary<char>();
    }
    // The codec leaves checking of UTF-8 to whoever writes; protobuf's classes insist on it.
    if (is_canonical_or_refused(bytes) && is_valid_utf8(bytes)) {
      v1::Event message;
      RC_ASSERT(message.ParseFromString(bytes));
      RC_ASSERT(message.SerializeAsString() == bytes);
    }
  }));
}

TEST_CASE("an encoding that is cut off anywhere is refused, but for what joins it") {
  REQUIRE(rc::check([] {
    auto x = *generators::stored_event();
    auto bytes = encoded(x);
    auto alone = encoded({x.content}).size();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      auto decoded = decode(as_bytes(std::string_view{bytes}.substr(0, size)));
      RC_ASSERT(decoded.has_value() == (size == alone));
    }
  }));
}

TEST_CASE("a length past the end takes no memory") {
  REQUIRE_THAT(refusal("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
               Catch::Matchers::ContainsSubstring("cut off"));
}

TEST_CASE("what a newer version wrote is refused and said to be so") {
  auto newer = Catch::Matchers::ContainsSubstring("newer version");
  SECTION("a kind of event") { REQUIRE_THAT(refusal("\x32\x01x"), newer); }
  SECTION("a field of an event") {
    REQUIRE_THAT(refusal(encoded({ledger::transaction_posted{}}) + "\x30\x01"), newer);
  }
  SECTION("a field of a transaction") { REQUIRE_THAT(refusal("\x1a\x02\x48\x01"), newer); }
  SECTION("a field of an asset") {
    REQUIRE_THAT(refusal("\x0a\x07\x0a\x01x\x10\x01\x38\x01"), newer);
  }
  SECTION("a field of an account's closing") { REQUIRE_THAT(refusal("\x22\x02\x20\x01"), newer); }
  SECTION("a field of an account's reopening") { REQUIRE_THAT(refusal("\x2a\x02\x20\x01"), newer); }
  SECTION("a way of being joined") { REQUIRE_THAT(refusal("\x1a\x03\x0a\x01k\x78\x02"), newer); }
  SECTION("an account number") { REQUIRE_THAT(refusal("\x22\x06\x08\x80\x80\x80\x80\x10"), newer); }
  SECTION("a field of a posting") {
    REQUIRE_THAT(refusal(std::string{"\x1a\x06\x12\x04\x18\x01\x28\x01"}), newer);
  }
  SECTION("an asset class") {
    v1::Event x;
    x.mutable_asset_registered()->set_class_(static_cast<v1::AssetClass>(4));
    REQUIRE_THAT(refusal(serialized(x)), newer);
  }
  SECTION("an account kind") {
    auto x = account_message();
    x.mutable_account_opened()->set_kind(static_cast<v1::AccountKind>(7));
    REQUIRE_THAT(refusal(serialized(x)), newer);
  }
  SECTION("more decimals than there are") {
    v1::Event x;
    x.mutable_asset_registered()->set_class_(v1::ASSET_CLASS_FIAT);
    x.mutable_asset_registered()->set_precision(31);
    REQUIRE_THAT(refusal(serialized(x)), newer);
  }
}

TEST_CASE("what protobuf would let pass is refused") {
  using Catch::Matchers::ContainsSubstring;
  SECTION("no event") { REQUIRE_THAT(refusal(""), ContainsSubstring("no content")); }
  SECTION("nothing that is joined") {
    REQUIRE_THAT(refusal("\x78\x01"), ContainsSubstring("no content"));
  }
  SECTION("an event of two kinds") {
    auto two = encoded({ledger::transaction_posted{}}) + encoded({ledger::account_closed{}});
    REQUIRE_THAT(refusal(two), ContainsSubstring("out of order"));
  }
  SECTION("not being joined, written out") {
    REQUIRE_THAT(refusal(encoded({ledger::account_closed{}}) + std::string{"\x78\x00", 2}),
                 ContainsSubstring("default"));
  }
  SECTION("two events") {
    auto two = encoded({ledger::transaction_posted{}}) + encoded({ledger::transaction_posted{}});
    REQUIRE_THAT(refusal(two), ContainsSubstring("out of order"));
  }
  SECTION("fields out of order") {
    REQUIRE_THAT(refusal("\x1a\x06\x2a\x01m\x0a\x01k"), ContainsSubstring("out of order"));
  }
  SECTION("a default written out") {
    REQUIRE_THAT(refusal(std::string_view{"\x1a\x02\x0a\x00", 4}), ContainsSubstring("default"));
  }
  SECTION("a number longer than it need be") {
    REQUIRE_THAT(refusal(std::string_view{"\x1a\x05\x12\x03\x18\x81\x00", 7}),
                 ContainsSubstring("shortest"));
  }
  SECTION("a number past 64 bits") {
    REQUIRE_THAT(refusal("\x1a\x0d\x12\x0b\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
                 ContainsSubstring("shortest"));
  }
  SECTION("an account without a kind") {
    auto x = account_message();
    x.mutable_account_opened()->clear_kind();
    REQUIRE_THAT(refusal(serialized(x)), ContainsSubstring("missing"));
  }
  SECTION("an account without a normal side") {
    auto x = account_message();
    x.mutable_account_opened()->clear_normal_side();
    REQUIRE_THAT(refusal(serialized(x)), ContainsSubstring("missing"));
  }
}

TEST_CASE("stored amounts that are none are refused") {
  using Catch::Matchers::ContainsSubstring;
  SECTION("of 128 bits") {
    REQUIRE_THAT(refusal(serialized(posting_message(0, std::uint64_t{1} << 63))),
                 ContainsSubstring("out of range"));
  }
  SECTION("of zero in a posting") {
    REQUIRE_THAT(refusal(serialized(posting_message(0, 0))), ContainsSubstring("no amount"));
  }
  SECTION("of minus zero") {
    auto x = account_message();
    x.mutable_account_opened()->mutable_min_balance()->set_negative(true);
    REQUIRE_THAT(refusal(serialized(x)), ContainsSubstring("zero is negative"));
  }
}

TEST_CASE("a refusal says at which byte") {
  REQUIRE_THAT(refusal("\x1a\x04\x0a\x01k\x48"), Catch::Matchers::ContainsSubstring("byte 5"));
}
