#include "actors/cluster/directory.hpp"

#include "actors/cluster/dialer.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/cluster/refusals.hpp"
#include "actors/errors.hpp"
#include "actors/watched_calls.hpp"

#include <absl/container/flat_hash_map.h>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace daybook::actors {

namespace {

using directory_impl = supervisor_actor::extend<
    // To itself: this one has ended, and all its answers have come.
    auto(atom::flush, caf::actor_addr)->caf::result<void>>;

/// Nodes that one question goes to: each may know of the next one only.
constexpr int hops_max = 5;

/// Books whose nodes are kept in mind.
constexpr std::size_t known_max = 65'536;

/// Between two tries to connect to a node that could not be reached: a host that says nothing keeps
/// a dialer for a second, and others wait for it.
constexpr caf::timespan dial_pause = std::chrono::milliseconds{300};

/// For an answer of another node, which is a matter of memory.
constexpr caf::timespan answer_timeout = std::chrono::seconds{2};

class directory_state {
public:
  static inline const char* name = "daybook.directory";

  directory_state(directory_impl::pointer self, supervisor_actor first, shard_map map,
                  dialer_actor dialer)
      : self_(self),
        calls_(self),
        first_(std::move(first)),
        map_(std::move(map)),
        dialer_(std::move(dialer)) {
    self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  }

  ~directory_state() { caf::anon_send_exit(dialer_, caf::exit_reason::user_shutdown); }

  directory_state(const directory_state&) = delete;
  directory_state& operator=(const directory_state&) = delete;

  directory_impl::behavior_type make_behavior() {
    return {
        [this](atom::open x, const std::string& book, open_mode mode) {
          return pass_on<book_actor>(book, x, book, mode);
        },
        [this](atom::await x, const std::string& book) {
          return pass_on<book_actor>(book, x, book);
        },
        [this](atom::restart x, const std::string& book) {
          return pass_on<book_actor>(book, x, book);
        },
        [this](atom::books x) { return gather<std::vector<book_info>>(x); },
        [this](atom::subscribe x, const supervision_listener& who) { return tell_all(x, who); },
        [this](atom::stop x, const std::string& book) { return pass_on<void>(book, x, book); },
        [this](atom::stop) { self_->quit(caf::exit_reason::user_shutdown); },
        [](atom::status) { return true; },
        [this](atom::cluster x) -> caf::result<cluster_actor> {
          auto answer = self_->make_response_promise<cluster_actor>();
          any_node([=, this](const supervisor_actor& node) { deliver_from(node, answer, x); },
                   [answer](error why) mutable { answer.deliver(to_caf(std::move(why))); });
          return answer;
        },
        [this](atom::holdings x) { return gather<std::vector<std::string>>(x); },
        [this](atom::metrics x) { return add_up(x); },
        [this](atom::flush, const caf::actor_addr& ended) { calls_.refuse(ended); },
    };
  }

private:
  using on_node = std::function<void(const supervisor_actor&)>;
  using on_error = std::function<void(error)>;

  /// A node that has been asked for.
  struct link {
    supervisor_actor node; ///< null while there is no connection
    bool is_dialing = false;
    std::vector<std::pair<on_node, on_error>> waiting;
    std::optional<error> failed;             ///< the last try
    caf::actor_clock::time_point again_from; ///< after it, nobody dials before
  };

  /// One question about a book, until somebody has answered it.
  template <class Answer, class... Words>
  struct errand : pending_call {
    directory_state* at;
    std::string book;
    std::tuple<Words...> words;
    caf::typed_response_promise<Answer> answer;
    address target;
    int hops = 0;

    errand(directory_state* at, std::string book, caf::typed_response_promise<Answer> answer,
           Words... words)
        : at(at), book(std::move(book)), words(std::move(words)...), answer(std::move(answer)) {}

    /// The node has ended, or was lost.
    void refuse(const caf::error& reason) override {
      if (answer.pending())
        answer.deliver(to_caf(at->is_unreachable(target, caf::to_string(reason))));
    }
  };

  // -- one book
  // ------------------------------------------------------------------------------------

  template <class Answer, class... Words>
  caf::result<Answer> pass_on(const std::string& book, Words... words) {
    auto answer = self_->make_response_promise<Answer>();
    auto x = std::make_shared<errand<Answer, Words...>>(this, book, answer, std::move(words)...);
    if (auto at = whereabouts(book))
      go(x, *at);
    else
      x->answer.deliver(to_caf(has_no_place(book)));
    return answer;
  }

  std::optional<address> whereabouts(const std::string& book) const {
    if (auto known = known_.find(book); known != known_.end())
      return known->second;
    auto* place = place_of(map_, book);
    return place ? std::optional{place->at} : std::nullopt;
  }

  template <class Errand>
  void go(std::shared_ptr<Errand> x, const address& to) {
    x->target = to;
    with_node(
        to, [this, x](const supervisor_actor& node) { ask(x, node); },
        [this, x](const error& why) {
          known_.erase(x->book);
          if (x->answer.pending())
            x->answer.deliver(to_caf(is_unreachable(x->target, std::string{why.get("reason")})));
          learn_from_others(x->target);
        });
  }

  template <class Answer, class... Words>
  void ask(const std::shared_ptr<errand<Answer, Words...>>& x, const supervisor_actor& node) {
    auto asked = node.address();
    calls_.begin(asked, x);
    auto end = [this, x, asked] {
      calls_.end(asked, x);
      return x->answer.pending();
    };
    // No timeout: opening takes as long as a log is long, and the end of a node is noticed.
    auto sent = std::apply(
        [&](const auto&... words) { return self_->request(node, caf::infinite, words...); },
        x->words);
    auto refused = [this, x, end](const caf::error& reason) {
      if (end())
        on_refused(x, reason);
    };
    if constexpr (std::is_void_v<Answer>)
      std::move(sent).then(
          [this, x, end] {
            if (end())
              x->answer.deliver();
          },
          refused);
    else
      std::move(sent).then(
          [this, x, end](Answer& found) {
            if (!end())
              return;
            keep_in_mind(x->book, x->target);
            x->answer.deliver(std::move(found));
          },
          refused);
  }

  template <class Errand>
  void on_refused(const std::shared_ptr<Errand>& x, const caf::error& reason) {
    if (reason.category() != caf::type_id_v<ec>)
      return x->refuse(reason);
    auto why = from_caf(reason, ec::unavailable);
    if (why.code() != ec::moved)
      return x->answer.deliver(reason);
    auto next = parse_address(why.get("address"));
    if (next && ++x->hops < hops_max) {
      keep_in_mind(x->book, *next);
      learn_from(*next);
      return go(x, *next);
    }
    known_.erase(x->book);
    x->answer.deliver(to_caf(is_disputed(x->book)));
  }

  void keep_in_mind(const std::string& book, const address& at) {
    if (known_.size() >= known_max)
      known_.clear();
    known_.insert_or_assign(book, at);
  }

  error is_unreachable(const address& at, const std::string& why) const {
    auto member = std::ranges::find(map_.members, at, &cluster_member::at);
    auto node = member == map_.members.end() ? to_string(at) : member->node;
    return {ec::unavailable,
            "the node '" + node + "' at " + to_string(at) + " cannot be reached (" + why + ")",
            {{"node", node}, {"address", to_string(at)}}};
  }

  // -- nodes
  // ---------------------------------------------------------------------------------------

  void with_node(const address& at, on_node then, on_error failed) {
    auto& x = links_[at];
    if (x.node)
      return then(x.node);
    if (!x.is_dialing && x.failed && self_->clock().now() < x.again_from)
      return failed(*x.failed);
    x.waiting.emplace_back(std::move(then), std::move(failed));
    if (std::exchange(x.is_dialing, true))
      return;
    // No timeout: a dialer has one.
    self_->request(dialer_, caf::infinite, atom::dial_v, at)
        .then([this, at](const supervisor_actor& node) { on_connected(at, node); },
              [this, at](const caf::error& why) { on_not_connected(at, why); });
  }

  void on_connected(const address& at, const supervisor_actor& node) {
    auto& x = links_[at];
    x.node = node;
    x.is_dialing = false;
    x.failed.reset();
    self_->monitor(node);
    for (auto& [then, failed] : std::exchange(x.waiting, {}))
      then(node);
  }

  void on_not_connected(const address& at, const caf::error& why) {
    auto& x = links_[at];
    auto refusal = from_caf(why, ec::unavailable);
    x.failed = refusal;
    x.again_from = self_->clock().now() + dial_pause;
    x.is_dialing = false;
    for (auto& [then, failed] : std::exchange(x.waiting, {}))
      failed(refusal);
  }

  void on_down(const caf::down_msg& down) {
    if (calls_.waits_for(down.source))
      self_->send(caf::actor_cast<directory_impl>(self_), atom::flush_v, down.source);
    for (auto& [at, x] : links_)
      if (x.node && x.node.address() == down.source)
        x.node = nullptr;
    if (first_ && first_.address() == down.source)
      first_ = nullptr;
  }

  /// Whoever can be asked about the cluster, but not who is at `but`.
  void any_node(on_node then, on_error failed, const std::optional<address>& but = {}) {
    for (auto& [at, x] : links_)
      if (x.node && at != but)
        return then(x.node);
    if (first_)
      return then(first_);
    for (auto& member : map_.members)
      if (member.at != but)
        return with_node(member.at, std::move(then), std::move(failed));
    failed({ec::unavailable, "no node of the cluster can be reached"});
  }

  // -- the map
  // -------------------------------------------------------------------------------------

  void learn_from(const address& at) {
    with_node(at, [this](const supervisor_actor& node) { learn_from(node); }, [](const error&) {});
  }

  /// Where a node is that could not be reached, the others may know by now.
  void learn_from_others(const address& lost) {
    any_node([this](const supervisor_actor& node) { learn_from(node); }, [](const error&) {}, lost);
  }

  void learn_from(const supervisor_actor& node) {
    if (std::exchange(is_learning_, true))
      return;
    auto over = [this](const caf::error&) { is_learning_ = false; };
    self_->request(node, answer_timeout, atom::cluster_v)
        .then(
            [this, over](const cluster_actor& desk) {
              self_->request(desk, answer_timeout, atom::map_v)
                  .then([this](shard_map& map) { on_map(map); }, over);
            },
            over);
  }

  void on_map(shard_map& map) {
    is_learning_ = false;
    if (map.cluster != map_.cluster || map.rank() <= map_.rank() || !check(map))
      return;
    // Who moved is found at a new place; what was kept in mind of the others is as good as it was.
    map_ = std::move(map);
    std::erase_if(links_, [this](auto& x) {
      return !x.second.node && x.second.waiting.empty() && !x.second.is_dialing;
    });
  }

  // -- all nodes
  // -----------------------------------------------------------------------------------

  /// Asks all members, and calls `done` when all have answered or one has not.
  template <class Answer, class OnAnswer, class... Words>
  void ask_each(OnAnswer on_answer, std::function<void(std::optional<error>)> done,
                Words... words) {
    auto left = std::make_shared<std::size_t>(map_.members.size());
    auto one_less = [left, done](std::optional<error> failed) {
      if (*left == 0)
        return;
      *left = failed ? 0 : *left - 1;
      if (failed || *left == 0)
        done(std::move(failed));
    };
    for (auto& member : map_.members) {
      auto failed = [this, one_less, at = member.at](const caf::error& why) {
        one_less(why.category() == caf::type_id_v<ec> ? from_caf(why, ec::unavailable)
                                                      : is_unreachable(at, caf::to_string(why)));
      };
      with_node(
          member.at,
          [=, this, node = member.node](const supervisor_actor& to) {
            auto asked = self_->request(to, answer_timeout, words...);
            if constexpr (std::is_void_v<Answer>)
              std::move(asked).then([one_less] { one_less({}); }, failed);
            else
              std::move(asked).then(
                  [=](Answer& x) {
                    on_answer(node, x);
                    one_less({});
                  },
                  failed);
          },
          [one_less](error why) { one_less(std::move(why)); });
    }
  }

  template <class List, class Word>
  caf::result<List> gather(Word word) {
    auto answer = self_->make_response_promise<List>();
    auto all = std::make_shared<List>();
    ask_each<List>(
        [all](const std::string& node, List& some) {
          for (auto& x : some) {
            if constexpr (std::is_same_v<List, std::vector<book_info>>)
              x.node = node;
            all->push_back(std::move(x));
          }
        },
        [answer, all](std::optional<error> failed) mutable {
          if (failed)
            return answer.deliver(to_caf(std::move(*failed)));
          if constexpr (std::is_same_v<List, std::vector<book_info>>)
            std::ranges::sort(*all, {}, &book_info::name);
          else
            std::ranges::sort(*all);
          answer.deliver(std::move(*all));
        },
        word);
    return answer;
  }

  template <class Word>
  caf::result<node_statistics> add_up(Word word) {
    auto answer = self_->make_response_promise<node_statistics>();
    auto all = std::make_shared<node_statistics>();
    ask_each<node_statistics>([all](const std::string&, node_statistics& x) { *all += x; },
                              [answer, all](std::optional<error> failed) mutable {
                                failed ? answer.deliver(to_caf(std::move(*failed)))
                                       : answer.deliver(*all);
                              },
                              word);
    return answer;
  }

  template <class Word, class... Words>
  caf::result<void> tell_all(Word word, const Words&... words) {
    auto answer = self_->make_response_promise<void>();
    ask_each<void>(
        nullptr,
        [answer](std::optional<error> failed) mutable {
          failed ? answer.deliver(to_caf(std::move(*failed))) : answer.deliver();
        },
        word, words...);
    return answer;
  }

  template <class Answer, class Word>
  void deliver_from(const supervisor_actor& node, caf::typed_response_promise<Answer> answer,
                    Word word) {
    self_->request(node, answer_timeout, word)
        .then([answer](Answer& x) mutable { answer.deliver(std::move(x)); },
              [answer](const caf::error& why) mutable {
                answer.deliver(to_caf(from_caf(why, ec::unavailable)));
              });
  }

  directory_impl::pointer self_;
  watched_calls calls_;
  supervisor_actor first_; ///< that knew the map; null when it is gone
  shard_map map_;
  dialer_actor dialer_;
  std::map<address, link> links_;
  absl::flat_hash_map<std::string, address> known_; ///< books, and where they were found last
  bool is_learning_ = false;
};

} // namespace

supervisor_actor spawn_directory(caf::actor_system& system, supervisor_actor first, shard_map map,
                                 dialer_actor dialer) {
  if (!dialer)
    dialer = system.spawn<dialer_actor::stateful_impl<dialer_state>, caf::detached>();
  return system.spawn<directory_impl::stateful_impl<directory_state>>(
      std::move(first), std::move(map), std::move(dialer));
}

} // namespace daybook::actors
