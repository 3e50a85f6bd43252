#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace daybook {

namespace {

struct entry {
  ec code;
  std::string_view name;
  std::string_view description;
};

constexpr std::array entries{
    entry{ec::unknown_account, "unknown_account", "the account is not open in this book"},
    entry{ec::unknown_asset, "unknown_asset", "the asset is not registered in this book"},
    entry{ec::asset_mismatch, "asset_mismatch", "the account holds another asset"},
    entry{ec::unbalanced, "unbalanced", "debits and credits of an asset differ"},
    entry{ec::invalid_amount, "invalid_amount", "the amount is not valid for its asset"},
    entry{ec::invalid_name, "invalid_name", "the name breaks the naming rules"},
    entry{ec::limit_exceeded, "limit_exceeded", "a balance limit or a size limit would be passed"},
    entry{ec::already_exists, "already_exists", "the name is taken by another definition"},
    entry{ec::idempotency_conflict, "idempotency_conflict",
          "the idempotency key was used for a different transaction"},
    entry{ec::overflow, "overflow", "a number would not fit in 128 bits"},
    entry{ec::overloaded, "overloaded", "a queue is full; nothing was accepted, try again later"},
    entry{ec::outcome_unknown, "outcome_unknown",
          "the write may or may not be durable; a retry with the same key is safe"},
    entry{ec::corrupt, "corrupt", "data on disk does not verify"},
    entry{ec::locked, "locked", "another process has the data directory open"},
    entry{ec::not_found, "not_found", "there is no such thing"},
    entry{ec::invalid_argument, "invalid_argument", "the request is not valid"},
    entry{ec::io, "io", "the operating system refused an operation"},
    entry{ec::condition_failed, "condition_failed", "a condition of the write does not hold"},
    entry{ec::account_closed, "account_closed", "the account is closed"},
    entry{ec::already_reversed, "already_reversed", "the transaction has been reversed before"},
    entry{ec::fence_active, "fence_active",
          "a fence is active; nothing was accepted, try again later"},
    entry{ec::read_only, "read_only", "the book was opened to be read"},
    entry{ec::busy, "busy", "somebody else has it now"},
    entry{ec::timed_out, "timed_out", "it did not happen in time"},
    entry{ec::restarting, "restarting",
          "the book is being restarted; nothing was accepted, try again"},
    entry{ec::failed, "failed", "the book has failed and can only be read until it is restarted"},
    entry{ec::no_space, "no_space", "the disk is full: the book can only be read for now"},
    entry{ec::internal, "internal", "the program contradicts itself: please report it"},
    entry{ec::moved, "moved", "another node has the book: nothing was accepted, ask there"},
    entry{ec::unavailable, "unavailable",
          "the node that has the book cannot be reached: nothing was accepted"},
};

const entry* find(ec code) {
  auto i = std::ranges::find(entries, code, &entry::code);
  return i == entries.end() ? nullptr : &*i;
}

} // namespace

std::string_view to_string(ec code) {
  auto* found = find(code);
  return found ? found->name : "unknown";
}

bool from_string(std::string_view name, ec& code) {
  auto i = std::ranges::find(entries, name, &entry::name);
  if (i == entries.end())
    return false;
  code = i->code;
  return true;
}

std::string_view description(ec code) {
  auto* found = find(code);
  return found ? found->description : "an error of a newer version";
}

std::string_view error::get(std::string_view name) const {
  auto i = std::ranges::find(fields_, name, &field::first);
  return i == fields_.end() ? std::string_view{} : std::string_view{i->second};
}

error error::with(std::string name, std::string value) && {
  auto i = std::ranges::find(fields_, name, &field::first);
  if (i == fields_.end())
    fields_.emplace_back(std::move(name), std::move(value));
  else
    i->second = std::move(value);
  return std::move(*this);
}

std::string to_string(const error& x) {
  std::string text{to_string(x.code())};
  text += ": ";
  text += x.message().empty() ? description(x.code()) : std::string_view{x.message()};
  if (x.fields().empty())
    return text;
  auto separator = " (";
  for (auto& [name, value] : x.fields()) {
    text += separator + name + "=" + value;
    separator = ", ";
  }
  return text + ")";
}

} // namespace daybook
