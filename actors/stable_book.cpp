#include "actors/stable_book.hpp"

#include "actors/book_link.hpp"
#include "actors/client_core.hpp"

#include <caf/detail/type_list.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
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
        book_(std::make_shared<book_link>(std::move(node), std::move(book), book_actor{})),
        options_(options) {
    self_->set_down_handler([this](const caf::down_msg& down) {
      if (calls_.waits_for(down.source))
        self_->send(caf::actor_cast<stable_impl>(self_), atom::flush_v, down.source);
    });
  }

  stable_impl::behavior_type make_behavior() { return all(stable_impl::signatures{}); }

  stable_impl::pointer self() const { return self_; }
  watched_calls& calls() { return calls_; }

private:
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
    auto promise = self_->make_response_promise<Answer>();
    auto call = std::make_shared<book_call<stable_book_state, Answer, Word, Words...>>(
        book_, terms_of<Word>(words...), word, std::move(words)...);
    auto refuse = [promise](error x) mutable {
      if (is_fence_call<Word> && x.code() == ec::restarting)
        x = {ec::not_found,
             "the book has been restarted, and the fence is over",
             {{"what", "fence"}}};
      promise.deliver(to_caf(std::move(x)));
    };
    if constexpr (std::is_void_v<Answer>)
      call->start(*this, [promise]() mutable { promise.deliver(); }, refuse);
    else
      call->start(*this, [promise](Answer& x) mutable { promise.deliver(std::move(x)); }, refuse);
    return promise;
  }

  template <class Word, class... Words>
  call_terms terms_of(const Words&... words) const {
    call_terms terms;
    terms.fallback = is_write<Word> || is_fence_call<Word> ? ec::outcome_unknown : ec::io;
    // The sender has a timeout of its own; an incarnation that is gone is noticed.
    terms.timeout = caf::infinite;
    if constexpr (!is_of_one_incarnation<Word>)
      terms.retry_budget = options_.retry_budget;
    // A subscription outlives the incarnation that gave it.
    terms.repeatable =
        !std::is_same_v<Word, atom::subscribe> && (daybook::detail::is_repeatable(words) && ...);
    return terms;
  }

  stable_impl::pointer self_;
  watched_calls calls_;
  std::shared_ptr<book_link> book_;
  stable_book_options options_;
};

} // namespace

book_actor spawn_stable_book(caf::actor_system& system, supervisor_actor node, std::string book,
                             stable_book_options options) {
  return system.spawn<stable_impl::stateful_impl<stable_book_state>>(std::move(node),
                                                                     std::move(book), options);
}

} // namespace daybook::actors
