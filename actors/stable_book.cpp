#include "actors/stable_book.hpp"

#include "actors/book_link.hpp"
#include "actors/client_core.hpp"
#include "actors/work_bound.hpp"

#include <caf/detail/type_list.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace daybook::actors {

namespace {

using stable_impl = book_actor::extend<
    // To itself: this one has ended, and all its answers have come.
    auto(atom::flush, caf::actor_addr)->caf::result<void>>;

/// What one incarnation says holds for no other.
template <class Word>
constexpr bool is_of_one_incarnation =
    std::is_same_v<Word, atom::submit> || std::is_same_v<Word, atom::commit_fence> ||
    std::is_same_v<Word, atom::cancel_fence> || std::is_same_v<Word, atom::store_cursor> ||
    std::is_same_v<Word, atom::close_cursor> || std::is_same_v<Word, atom::stop>;

template <class Word>
constexpr bool is_fence_call =
    std::is_same_v<Word, atom::submit> || std::is_same_v<Word, atom::commit_fence> ||
    std::is_same_v<Word, atom::cancel_fence>;

template <class Word>
constexpr bool is_write =
    std::is_same_v<Word, atom::commit> || std::is_same_v<Word, atom::commit_fence>;

class stable_book_state {
public:
  static inline const char* name = "daybook.stable_book";

  stable_book_state(stable_impl::pointer self, supervisor_actor node, std::string book,
                    stable_book_options options)
      : self_(self),
        calls_(self),
        node_(node.address()),
        book_(std::make_shared<book_link>(std::move(node), std::move(book), book_actor{})),
        options_(options) {
    self_->monitor(node_);
    self_->set_down_handler([this](const caf::down_msg& down) {
      if (down.source == node_)
        self_->quit(down.reason);
      if (calls_.waits_for(down.source))
        self_->send(caf::actor_cast<stable_impl>(self_), atom::flush_v, down.source);
    });
  }

  stable_impl::behavior_type make_behavior() { return all(stable_impl::signatures{}); }

  stable_impl::pointer self() const { return self_; }
  watched_calls& calls() { return calls_; }

private:
  /// Without an answer: each is held here, for it may have to be sent again [I12].
  static constexpr std::size_t requests_max = 65'536;

  /// What a request asks the book to wait for.
  static caf::timespan waiting_time(caf::timespan x) {
    return std::min<caf::timespan>(x, std::chrono::hours{24});
  }
  template <class Word>
  static caf::timespan waiting_time(const Word&) {
    return caf::timespan{0};
  }

  /// A handler for each message of the interface.
  template <class... Signatures>
  stable_impl::behavior_type all(caf::detail::type_list<Signatures...>) {
    return {handler(static_cast<Signatures*>(nullptr))...};
  }

  template <class Answer, class Word, class... Words>
  auto handler(caf::result<Answer> (*)(Word, Words...)) {
    return [this](Word word, Words... words) -> caf::result<Answer> {
      if constexpr (std::is_same_v<stable_message<Word, Words...>, own_message>) {
        calls_.refuse(words...);
        return caf::unit;
      } else {
        return pass_on<Answer>(word, std::move(words)...);
      }
    };
  }

  struct own_message {};
  template <class Word, class... Words>
  using stable_message =
      std::conditional_t<std::is_same_v<caf::detail::type_list<Word, Words...>,
                                        caf::detail::type_list<atom::flush, caf::actor_addr>>,
                         own_message, Word>;

  template <class Answer, class Word, class... Words>
  caf::result<Answer> pass_on(Word word, Words... words) {
    auto place = passed_on_.take();
    if (!place)
      return to_caf({ec::overloaded,
                     "as many requests wait for the book as may: nothing was accepted",
                     {{"what", "requests"}, {"limit", std::to_string(requests_max)}}});
    auto promise = self_->make_response_promise<Answer>();
    auto call = std::make_shared<book_call<stable_book_state, Answer, Word, Words...>>(
        book_, terms_of<Word>(words...), word, std::move(words)...);
    auto refuse = [promise, place](error x) mutable {
      if (is_fence_call<Word> && x.code() == ec::restarting)
        x = {ec::not_found,
             "the book has been restarted, and the fence is over",
             {{"what", "fence"}}};
      promise.deliver(to_caf(std::move(x)));
    };
    if constexpr (std::is_void_v<Answer>)
      call->start(*this, [promise, place]() mutable { promise.deliver(); }, refuse);
    else
      call->start(
          *this, [promise, place](Answer& x) mutable { promise.deliver(std::move(x)); }, refuse);
    return promise;
  }

  template <class Word, class... Words>
  call_terms terms_of(const Words&... words) const {
    call_terms terms;
    terms.fallback = is_write<Word> || is_fence_call<Word> ? ec::outcome_unknown : ec::io;
    // The sender has a timeout of its own; an incarnation that is gone is noticed.
    terms.timeout = caf::infinite;
    terms.vanishes = std::is_same_v<Word, atom::submit>;
    terms.is_bound = is_of_one_incarnation<Word> && !std::is_same_v<Word, atom::stop>;
    if constexpr (!is_of_one_incarnation<Word>)
      terms.retry_budget = options_.retry_budget + (waiting_time(words) + ... + caf::timespan{0});
    // A subscription outlives the incarnation that gave it.
    terms.repeatable =
        !std::is_same_v<Word, atom::subscribe> && (daybook::detail::is_repeatable(words) && ...);
    return terms;
  }

  stable_impl::pointer self_;
  watched_calls calls_;
  caf::actor_addr node_;
  std::shared_ptr<book_link> book_;
  work_bound passed_on_{requests_max};
  stable_book_options options_;
};

} // namespace

book_actor spawn_stable_book(caf::actor_system& system, supervisor_actor node, std::string book,
                             stable_book_options options) {
  return system.spawn<stable_impl::stateful_impl<stable_book_state>>(std::move(node),
                                                                     std::move(book), options);
}

} // namespace daybook::actors
