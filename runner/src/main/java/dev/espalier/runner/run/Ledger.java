// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Ticket;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.State;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.StepRecord;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The steps of one replicate, with the ones behind each ticket. */
final class Ledger {

  /**
   * The time at which a training ended, and its seconds. Both are those of its first computation.
   */
  record Timing(Instant end, double seconds) {}

  private final Map<Digest, StepRecord> steps = new LinkedHashMap<>();
  private final Map<Digest, Instant> ends = new HashMap<>();
  private final Map<Digest, Digest> states = new HashMap<>();

  void add(StepRecord step, Instant end) {
    steps.putIfAbsent(step.key(), step); // equal masks give the same training on another path
    ends.put(step.key(), end);
  }

  /** Notes the step that made a state. */
  void addState(State state, Digest step) {
    states.put(state.digest(), step);
  }

  /** The step whose result is a state; empty if it was drawn, or made of other states. */
  Optional<Digest> step(State state) {
    return Optional.ofNullable(states.get(state.digest()));
  }

  /** Adds a step of an earlier run, from which a ticket derives. */
  void addRecorded(StepRecord step) {
    steps.putIfAbsent(step.key(), step);
  }

  /** The timing of the last step of a ticket's training; 1970 if nothing was trained. */
  Timing timing(Ticket ticket) {
    return ticket.trained().state().origin().stream()
        .filter(ends::containsKey)
        .max(Comparator.comparing(ends::get))
        .map(key -> new Timing(ends.get(key), steps.get(key).spent().seconds()))
        .orElse(new Timing(Instant.EPOCH, 0));
  }

  /**
   * Computes the cost of a ticket.
   *
   * @param widths keys of the steps that found the widths of its network
   */
  Account account(Ticket ticket, Set<Digest> widths) {
    Set<Digest> finding = new HashSet<>(widths);
    finding.addAll(ticket.mask().origin());
    finding.addAll(ticket.start().origin());
    Set<Digest> trained = ticket.trained().state().origin();
    Set<Digest> all = new HashSet<>(finding);
    all.addAll(trained);
    List<StepRecord> behind = behind(all);
    if (ticket.plan().isEmpty()) {
      return new Account(behind, List.of());
    }
    List<StepRecord> found = behind(finding);
    Map<Boolean, List<StepRecord>> parts =
        behind.stream()
            .collect(
                Collectors.partitioningBy(
                    step -> trained.contains(step.key()) || !found.contains(step)));
    return new Account(parts.get(false), parts.get(true));
  }

  private List<StepRecord> behind(Set<Digest> keys) {
    Set<Digest> behind = new HashSet<>();
    keys.forEach(key -> collect(key, behind));
    return steps.values().stream().filter(step -> behind.contains(step.key())).toList();
  }

  private void collect(Digest key, Set<Digest> behind) {
    if (behind.add(key)) {
      steps.get(key).inputs().forEach(input -> collect(input, behind));
    }
  }
}
