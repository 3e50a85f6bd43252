#pragma once

#include "actors/follow_messages.hpp"
#include "actors/messages.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::node {

/// The kinds of events by the names that they have in output.
inline constexpr std::array<std::pair<std::string_view, actors::event_kind>, 5> event_kinds{{
    {"asset", actors::event_kind::asset_registered},
    {"account", actors::event_kind::account_opened},
    {"transaction", actors::event_kind::transaction_posted},
    {"account_closed", actors::event_kind::account_closed},
    {"account_reopened", actors::event_kind::account_reopened},
}};

/// Those of the names that are known; all of them when there are none.
actors::event_filter make_filter(const std::vector<std::string>& kinds,
                                 std::vector<std::string> prefixes);

/// A filter for people: `transaction, account_closed; assets:cash`, or `-` for everything.
std::string describe(const actors::event_filter& x);

} // namespace daybook::node
