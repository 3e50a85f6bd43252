#include "actors/cluster/cluster_desk.hpp"

#include "actors/cluster/placement.hpp"
#include "actors/cluster/refusals.hpp"
#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "log/small_file.hpp"
#include "protocol/cluster_codec.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::string_view record_name = "record";

/// For an answer of another node, which is a matter of memory.
constexpr caf::timespan answer_timeout = std::chrono::seconds{2};

} // namespace

result<std::optional<membership>> load_membership(const environment& env) {
  auto bytes = log::read_small_file(*env.storage, env.directory->cluster_directory(), record_name);
  if (!bytes)
    return fail(std::move(bytes.error()));
  if (!*bytes)
    return std::nullopt;
  auto record = protocol::decode_cluster_record(**bytes);
  if (!record)
    return fail(std::move(record.error()));
  auto restored = membership::restore(std::move(*record), env.options.cluster->node);
  if (!restored)
    return fail(std::move(restored.error()));
  return std::move(*restored);
}

cluster_desk_state::cluster_desk_state(cluster_actor::pointer self,
                                       std::shared_ptr<const environment> env,
                                       cluster_helpers helpers, std::optional<membership> kept)
    : self_(self),
      env_(std::move(env)),
      helpers_(std::move(helpers)),
      membership_(std::move(kept)) {}

cluster_actor::behavior_type cluster_desk_state::make_behavior() {
  return {
      [this](atom::gossip, const cluster_digest& from) { return on_gossip(from); },
      [this](atom::join, shard_map& map) { return on_join(map); },
      [this](atom::map) -> caf::result<shard_map> {
        return membership_ ? caf::result<shard_map>{membership_->map()}
                           : to_caf(is_starting(*env_));
      },
      [this](atom::status) { return on_status(); },
      [this](atom::add_node, const address& at) { return on_add_node(at); },
      [this](atom::remove_node, const std::string& node, bool forced) {
        return on_remove_node(node, forced);
      },
      [this](atom::pin, const std::string& book, const std::string& node) {
        return on_change([&](const shard_map& map, std::uint64_t nonce) {
          return with_pin(map, book, node, nonce);
        });
      },
      [this](atom::unpin, const std::string& book) {
        return on_change([&](const shard_map& map, std::uint64_t nonce) {
          return without_pin(map, book, nonce);
        });
      },
      [this](atom::move, const std::string& book, const std::string& node) {
        return on_move(book, node);
      },
      [this](atom::carry, const std::string& book, shard_map& map) { return on_carry(book, map); },
      [this](atom::intake) { return helpers_.intake; },
      [this](const listening_job& x) { return on_listening(x); },
      [this](atom::gossip, cluster_news& news) { return on_gossip(news); },
      [this](atom::holdings) { return on_report(); },
  };
}

// -- messages -------------------------------------------------------------------------------------

caf::result<void> cluster_desk_state::on_listening(const listening_job& x) {
  auto is_first = !std::exchange(node_, x.node);
  own_ = env_->options.cluster->advertise.value_or(x.at);
  auto begun = membership_ ? correct_address() : begin(own_);
  if (!begun)
    return to_caf(std::move(begun.error()));
  self_->send(helpers_.intake, x);
  report();
  if (is_first)
    tick();
  return caf::unit;
}

/// Of a node that has taken a book over: what it has is known here before this node says that it
/// has it no more.
caf::result<void> cluster_desk_state::on_gossip(cluster_news& news) {
  if (!membership_)
    return to_caf(is_starting(*env_));
  auto learnt = learn("a node that took a book over", news);
  return learnt ? caf::result<void>{caf::unit} : to_caf(std::move(learnt.error()));
}

caf::result<cluster_news> cluster_desk_state::on_report() {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  reports_awaited_.push_back(self_->make_response_promise<cluster_news>());
  auto answer = reports_awaited_.back();
  report();
  return answer;
}

caf::result<cluster_news> cluster_desk_state::on_gossip(const cluster_digest& from) {
  if (!membership_)
    return to_caf(is_starting(*env_));
  auto news = membership_->news_for(from);
  if (!news)
    return to_caf(std::move(news.error()));
  auto known = peers_.find(from.node);
  if (!membership_->is_behind(from))
    return std::move(*news);
  if (known == peers_.end()) {
    ask_stranger(from.node);
    return std::move(*news);
  }
  // The one that asks can be asked, wherever it is: what it knows may be that it is elsewhere.
  if (!known->second.desk)
    known->second.desk = caf::actor_cast<cluster_actor>(self_->current_sender());
  if (known->second.desk)
    ask(known->first, known->second);
  return std::move(*news);
}

/// A node with books would bring names that the cluster may have already, or books that were given
/// up. From the moment that it lists its books it creates none, until it has joined or not.
caf::result<void> cluster_desk_state::on_join(shard_map& map) {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  if (is_joining_ || invitations_ > 0)
    return to_caf({ec::busy,
                   "the node '" + membership_->self() + "' is joining a cluster or being joined",
                   {{"what", membership_->self()}}});
  is_joining_ = true;
  show(true);
  auto answer = self_->make_response_promise<void>();
  auto end = [this, answer](result<void> joined) mutable {
    is_joining_ = false;
    show();
    joined ? answer.deliver() : answer.deliver(to_caf(std::move(joined.error())));
  };
  // No timeout: the supervisor is of this process, and answers from memory.
  self_->request(node_, caf::infinite, atom::holdings_v)
      .then(
          [this, end, map = std::move(map)](const std::vector<std::string>& books) mutable {
            if (!books.empty())
              return end(fail(ec::already_exists,
                              "the node '" + membership_->self() +
                                  "' has books already: only an empty one joins",
                              {{"what", books.front()}}));
            auto next = *membership_;
            auto joined = next.join(std::move(map));
            if (joined)
              joined = keep(std::move(next));
            end(std::move(joined));
            report();
          },
          [end](const caf::error& reason) mutable { end(fail(from_caf(reason, ec::io))); });
  return answer;
}

caf::result<cluster_status> cluster_desk_state::on_status() {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  auto& map = membership_->map();
  cluster_status x{membership_->self(), own_, map, {}};
  for (auto& member : map.members) {
    auto known = peers_.find(member.node);
    node_view view{member, member.node == x.node, false, 0, {}};
    if (known != peers_.end()) {
      view.is_up = known->second.is_up;
      view.problem = known->second.problem;
    }
    auto& reports = membership_->record().reports;
    auto report = std::ranges::find(reports, member.node, &node_report::node);
    if (report != reports.end()) {
      view.has_map = report->map_rank == map.rank();
      view.strays = report->strays.size();
    }
    x.nodes.push_back(std::move(view));
  }
  return x;
}

caf::result<shard_map> cluster_desk_state::on_change(
    const std::function<result<shard_map>(const shard_map&, std::uint64_t)>& make) {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  return to_answer(change_and_report(make(membership_->map(), env_->random->next())));
}

/// A node that answers can be asked to go. By force it would hear of it later than who creates its
/// books anew: so it is looked for, whatever was known of it.
caf::result<shard_map> cluster_desk_state::on_remove_node(const std::string& node, bool forced) {
  auto* member = membership_ ? membership_->map().find(node) : nullptr;
  if (!forced || !member || !node_)
    return on_change(
        [&](const shard_map& map, std::uint64_t nonce) { return with_leaving(map, node, nonce); });
  auto is_up = [node] {
    return to_caf({ec::busy,
                   "the node '" + node + "' is up: remove it without force, or stop it first",
                   {{"what", node}}});
  };
  if (node == membership_->self())
    return is_up();
  auto answer = self_->make_response_promise<shard_map>();
  // No timeout: a dialer has one.
  self_->request(helpers_.dialer, caf::infinite, atom::dial_v, member->at)
      .then([answer, is_up](const supervisor_actor&) mutable { answer.deliver(is_up()); },
            [this, answer, node](const caf::error&) mutable {
              deliver(answer, change_and_report(
                                  without_member(membership_->map(), node, env_->random->next())));
            });
  return answer;
}

// -- the membership -------------------------------------------------------------------------------

result<void> cluster_desk_state::begin(const address& at) {
  auto& options = *env_->options.cluster;
  std::vector<cluster_member> members{{options.node, at}};
  for (auto& peer : options.peers)
    if (peer.node != options.node)
      members.push_back(peer);
  auto begun = membership::begin(options.node, std::move(members));
  if (!begun)
    return fail(std::move(begun.error()));
  return keep(std::move(*begun));
}

/// The map may name an address that this node had in a former life; also when another change of
/// the same version has taken the place of the one that said so.
result<void> cluster_desk_state::correct_address() {
  auto* known = membership_->map().find(membership_->self());
  if (!known || known->at == own_)
    return {};
  return change(with_address(membership_->map(), membership_->self(), own_, env_->random->next()));
}

result<void> cluster_desk_state::change(result<shard_map> next) {
  if (!next)
    return fail(std::move(next.error()));
  auto changed = *membership_;
  changed.change(std::move(*next));
  if (auto kept = keep(std::move(changed)); !kept)
    return kept;
  logger()->info("event=shard_map version={} nodes={} pins={}", membership_->map().version,
                 membership_->map().members.size(), membership_->map().pins.size());
  ask_all();
  return {};
}

result<shard_map> cluster_desk_state::change_and_report(result<shard_map> next) {
  return change(std::move(next)).map([this] {
    report();
    return membership_->map();
  });
}

void cluster_desk_state::deliver(map_promise answer, result<shard_map> map) {
  map ? answer.deliver(std::move(*map)) : answer.deliver(to_caf(std::move(map.error())));
}

/// Durable first. Power lost before: the node is as it was, and nobody has heard of the rest.
result<void> cluster_desk_state::keep(membership next) {
  byte_buffer bytes;
  protocol::encode(next.record(), bytes);
  if (auto stored = log::write_small_file(*env_->storage, env_->directory->cluster_directory(),
                                          record_name, bytes);
      !stored) {
    logger()->error("event=cluster_not_stored reason=\"{}\"", to_string(stored.error()));
    return stored;
  }
  membership_ = std::move(next);
  show(is_joining_);
  return {};
}

void cluster_desk_state::show(bool is_joining) {
  env_->cluster->show(std::make_shared<const cluster_picture>(membership_->record(), is_joining));
}

/// What the supervisor has when it is asked after the map was shown: from then on it creates no
/// book that belongs elsewhere, so the list has all that there ever will be.
void cluster_desk_state::report() {
  if (std::exchange(is_reporting_, true)) {
    reports_again_ = true;
    return;
  }
  // No timeout: the supervisor is of this process, and answers from memory.
  self_->request(node_, caf::infinite, atom::holdings_v)
      .then([this](const std::vector<std::string>& books) { on_holdings(books); },
            [this](const caf::error&) {
              is_reporting_ = false; /* the node is ending */
            });
}

void cluster_desk_state::on_holdings(const std::vector<std::string>& books) {
  is_reporting_ = false;
  if (std::exchange(reports_again_, false))
    return report();
  auto next = *membership_;
  result<void> kept;
  if (next.report(books))
    if (kept = keep(std::move(next)); kept)
      ask_all();
  // What this node knows of the others goes with it: they travel together.
  cluster_news all_news{membership_->map(), membership_->record().reports};
  for (auto& waiting : std::exchange(reports_awaited_, {}))
    kept ? waiting.deliver(all_news) : waiting.deliver(to_caf(error{kept.error()}));
  want_strays();
  auto* own = membership_->map().find(membership_->self());
  if (!own && membership_->has_reported())
    return give_up_books(books);
  if (!own)
    return;
  auto all_know = env_->cluster->now()->unheard().empty();
  if (own->leaving && books.empty() && all_know)
    if (auto gone =
            change(without_member(membership_->map(), membership_->self(), env_->random->next()));
        !gone)
      logger()->warn("event=not_left reason=\"{}\"", to_string(gone.error()));
}

/// The node was removed: its books are not written any more, whoever still has their actors.
void cluster_desk_state::give_up_books(const std::vector<std::string>& books) {
  for (auto& book : books)
    // No timeout: a book makes durable what it has accepted, and ends.
    self_->request(node_, caf::infinite, atom::stop_v, book)
        .then(
            [book] {
              logger()->warn("book={} event=given_up reason=\"the node was removed\"", book);
            },
            [](const caf::error&) { /* the node is ending */ });
}

// -- adding a node --------------------------------------------------------------------------------

caf::result<shard_map> cluster_desk_state::on_add_node(const address& at) {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  if (is_joining_)
    return to_caf({ec::busy, "the node is joining a cluster itself", {{"what", "map"}}});
  auto answer = self_->make_response_promise<shard_map>();
  auto refuse = [answer](const caf::error& reason) mutable { answer.deliver(reason); };
  // No timeout: a dialer has one.
  self_->request(helpers_.dialer, caf::infinite, atom::dial_v, at)
      .then([this, answer](const supervisor_actor& node) { invite(node, answer); }, refuse);
  return answer;
}

void cluster_desk_state::invite(const supervisor_actor& node, map_promise answer) {
  auto refuse = [answer](const caf::error& reason) mutable {
    answer.deliver(to_caf(from_caf(reason, ec::unavailable)));
  };
  self_->request(node, answer_timeout, atom::cluster_v)
      .then(
          [=, this](const cluster_actor& desk) {
            self_->request(desk, answer_timeout, atom::status_v)
                .then([=, this](const cluster_status& of) { invite(desk, of, answer); }, refuse);
          },
          refuse);
}

/// The new node first: it knows of the cluster before anybody asks it for a book. When this node
/// ends in between, the new one tells the others.
void cluster_desk_state::invite(const cluster_actor& desk, const cluster_status& of,
                                map_promise answer) {
  auto& map = membership_->map();
  if (of.map.cluster == map.cluster && map.find(of.node)) {
    // It is a member that could not find this one, or not be found.
    peers_[of.node] = {.desk = desk, .at = map.find(of.node)->at};
    ask_all();
    return answer.deliver(map);
  }
  if (map.find(of.node))
    return answer.deliver(
        to_caf({ec::already_exists,
                "there is a node '" + of.node + "' in the cluster: each needs a name of its own",
                {{"what", of.node}}}));
  auto next = with_member(map, of.node, of.at, env_->random->next());
  if (!next)
    return answer.deliver(to_caf(std::move(next.error())));
  if (is_joining_)
    return answer.deliver(
        to_caf({ec::busy, "the node is joining a cluster itself", {{"what", "map"}}}));
  ++invitations_;
  self_->request(desk, answer_timeout, atom::join_v, *next)
      .then(
          [this, answer, next = *next]() mutable {
            --invitations_;
            auto& now = membership_->map();
            if (now.rank() == next.rank() && now.cluster == next.cluster)
              return answer.deliver(now); // the new one was asked for it meanwhile
            if (next.cluster != now.cluster || next.rank() <= now.rank())
              return answer.deliver(to_caf(
                  {ec::busy, "the map was changed meanwhile: do it again", {{"what", "map"}}}));
            deliver(answer, change_and_report(next));
          },
          [this, answer](const caf::error& reason) mutable {
            --invitations_;
            answer.deliver(to_caf(from_caf(reason, ec::unavailable)));
          });
}

// -- the other nodes ------------------------------------------------------------------------------

void cluster_desk_state::tick() {
  ask_all();
  // Also after a report that could not be stored: without it nobody creates a book. What is listed
  // as a stray may be gone.
  auto* own = membership_->map().find(membership_->self());
  if (!membership_->has_reported() || membership_->has_strays() || (own && own->leaving))
    report();
  settle_offers();
  self_->run_delayed(env_->options.cluster->gossip_interval, [this] { tick(); });
}

void cluster_desk_state::ask_all() {
  auto& map = membership_->map();
  std::erase_if(peers_, [&](auto& x) { return !map.find(x.first); });
  for (auto& member : map.members) {
    if (member.node == membership_->self())
      continue;
    auto& x = peers_[member.node];
    if (x.at != member.at)
      x = {.desk = {}, .at = member.at};
    ask(member.node, x);
  }
}

/// One question at a time: what has changed since is in the next one.
void cluster_desk_state::ask(const std::string& node, peer& x) {
  if (!x.desk)
    return dial(node, x);
  if (std::exchange(x.is_asked, true))
    return;
  self_->request(x.desk, answer_timeout, atom::gossip_v, membership_->digest())
      .then([this, node](cluster_news& news) { on_news(node, news); },
            [this, node](const caf::error& why) { lost(node, why); });
}

void cluster_desk_state::dial(const std::string& node, peer& x) {
  if (std::exchange(x.is_dialing, true))
    return;
  auto failed = [this, node](const caf::error& why) { lost(node, why); };
  // No timeout: a dialer has one.
  self_->request(helpers_.dialer, caf::infinite, atom::dial_v, x.at)
      .then(
          [=, this, at = x.at](const supervisor_actor& found) {
            self_->request(found, answer_timeout, atom::cluster_v)
                .then(
                    [=, this](const cluster_actor& desk) {
                      auto known = peers_.find(node);
                      if (known == peers_.end() || known->second.at != at)
                        return; // it is elsewhere by now
                      known->second.is_dialing = false;
                      known->second.desk = desk;
                      ask(node, known->second);
                    },
                    failed);
          },
          failed);
}

void cluster_desk_state::on_news(const std::string& node, cluster_news& news) {
  if (auto known = peers_.find(node); known != peers_.end()) {
    known->second.is_asked = false;
    known->second.problem.clear();
    if (!std::exchange(known->second.is_up, true))
      logger()->info("event=node_up node={}", node);
  }
  take(node, news);
}

/// A node of this cluster that the map does not name, and that knows more: whoever added it may
/// have ended before it said so.
void cluster_desk_state::ask_stranger(const std::string& node) {
  auto asker = caf::actor_cast<cluster_actor>(self_->current_sender());
  if (!asker)
    return;
  self_->request(asker, answer_timeout, atom::gossip_v, membership_->digest())
      .then([this, node](cluster_news& news) { take(node, news); },
            [](const caf::error&) { /* it asks again */ });
}

void cluster_desk_state::take(const std::string& from, cluster_news& news) {
  if (auto learnt = learn(from, news); !learnt)
    logger()->warn("event=news_refused from={} reason=\"{}\"", from, to_string(learnt.error()));
}

/// Durable when it returns.
result<void> cluster_desk_state::learn(const std::string& from, cluster_news& news) {
  auto before = membership_->map().rank();
  auto next = *membership_;
  auto taken = next.take(std::move(news));
  if (!taken)
    return fail(std::move(taken.error()));
  if (!*taken)
    return {};
  if (auto kept = keep(std::move(next)); !kept)
    return kept;
  if (membership_->map().rank() == before)
    return {};
  logger()->info("event=shard_map version={} from={}", membership_->map().version, from);
  if (auto corrected = node_ ? correct_address() : result<void>{}; !corrected)
    logger()->warn("event=address_not_told reason=\"{}\"", to_string(corrected.error()));
  report();
  ask_all();
  return {};
}

void cluster_desk_state::lost(const std::string& node, const caf::error& why) {
  auto known = peers_.find(node);
  if (known == peers_.end())
    return;
  auto problem = to_string(from_caf(why, ec::unavailable));
  auto is_news = known->second.is_up || known->second.problem != problem;
  known->second = {.desk = {}, .at = known->second.at};
  known->second.problem = problem;
  give_up_forwarded(node);
  if (is_news)
    logger()->warn("event=node_down node={} reason=\"{}\"", node, problem);
}

} // namespace daybook::actors
