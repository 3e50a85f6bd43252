#include "log/event_list.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace daybook;
using namespace daybook::log;

namespace {

byte_buffer bytes_of(std::initializer_list<int> values) {
  byte_buffer bytes;
  for (int value : values)
    bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

} // namespace

TEST_CASE("events come back in order and without copying") {
  byte_buffer payload;
  append_event(payload, as_bytes("first"));
  append_event(payload, {});
  append_event(payload, as_bytes(std::string(300, 'x')));
  event_list events{payload};
  auto first = events.next();
  REQUIRE(first);
  CHECK(as_text(*first) == "first");
  CHECK(first->data() == payload.data() + 1);
  CHECK(events.next()->empty());
  CHECK(events.next()->size() == 300);
  CHECK_FALSE(events.next());
  CHECK_FALSE(events.malformed());
  CHECK(count_events(payload) == 3);
}

TEST_CASE("an event's length is a LEB128 varint") {
  byte_buffer payload;
  append_event(payload, byte_buffer(300, std::byte{1}));
  CHECK(payload[0] == std::byte{0xac});
  CHECK(payload[1] == std::byte{0x02});
  CHECK(payload.size() == 302);
}

TEST_CASE("malformed lists are reported") {
  auto malformed = GENERATE(
      bytes_of({5, 1, 2}), bytes_of({0x80}), bytes_of({0xff, 0xff}), bytes_of({0x81, 0x80, 0x80}),
      // 2^63: inside 64 bits, far outside the payload
      bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 7}),
      // 2^64 and an eleventh byte
      bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2, 7}),
      bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0}));
  event_list events{malformed};
  CHECK_FALSE(events.next());
  CHECK(events.malformed());
  CHECK_FALSE(events.next());
  CHECK_FALSE(count_events(malformed));
}

TEST_CASE("any list of events comes back, and any prefix of it is safe") {
  REQUIRE(rc::check([](const std::vector<std::string>& texts) {
    byte_buffer payload;
    for (auto& text : texts)
      append_event(payload, as_bytes(text));
    event_list events{payload};
    for (auto& text : texts)
      RC_ASSERT(as_text(*events.next()) == text);
    RC_ASSERT(!events.next());
    RC_ASSERT(!events.malformed());
    for (std::size_t length = 0; length < payload.size(); ++length) {
      byte_buffer prefix(payload.begin(), payload.begin() + length);
      auto count = count_events(prefix);
      RC_ASSERT(!count || *count <= texts.size());
    }
  }));
}

TEST_CASE("arbitrary bytes are walked without leaving them") {
  REQUIRE(rc::check([](const std::vector<std::uint8_t>& values) {
    byte_buffer payload;
    for (auto value : values)
      payload.push_back(static_cast<std::byte>(value));
    event_list events{payload};
    while (auto event = events.next())
      RC_ASSERT(event->data() + event->size() <= payload.data() + payload.size());
  }));
}
