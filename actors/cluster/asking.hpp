#pragma once

#include "actors/errors.hpp"
#include "base/result.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/timespan.hpp>

#include <utility>
#include <vector>

// Questions to actors as blocking calls, for who is no actor. When no answer comes in time it is
// the error `fallback`.

namespace daybook::actors {

/// The same question to many at once; the answers are in their order.
template <class Answer, class Target, class... Words>
std::vector<result<Answer>> ask_each(caf::actor_system& system, const std::vector<Target>& targets,
                                     caf::timespan timeout, ec fallback, const Words&... words) {
  caf::scoped_actor self{system};
  auto send = [&](const Target& target) { return self->request(target, timeout, words...); };
  std::vector<decltype(send(targets.front()))> sent;
  for (auto& target : targets)
    sent.push_back(send(target));
  std::vector<result<Answer>> answers;
  for (auto& question : sent) {
    result<Answer> answer = fail(fallback, "no answer");
    std::move(question).receive([&](Answer& x) { answer = std::move(x); },
                                [&](const caf::error& x) { answer = fail(from_caf(x, fallback)); });
    answers.push_back(std::move(answer));
  }
  return answers;
}

template <class Answer, class Target, class... Words>
result<Answer> ask_actor(caf::actor_system& system, const Target& target, caf::timespan timeout,
                         ec fallback, const Words&... words) {
  return std::move(
      ask_each<Answer>(system, std::vector{target}, timeout, fallback, words...).front());
}

} // namespace daybook::actors
