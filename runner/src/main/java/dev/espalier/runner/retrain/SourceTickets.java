// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.retrain;

import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Retrain;
import dev.espalier.api.train.Retrain.Source;
import dev.espalier.api.train.Retrain.Weights;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.StartingWeights;
import dev.espalier.runner.config.StartingWeights.TicketWeights;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.store.Sha256;
import dev.espalier.runner.weights.MaskFile;
import dev.espalier.runner.weights.StartingState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Finds and reads the tickets that are trained again. */
final class SourceTickets {

  private static final String TICKET = "ticket";
  private static final String MASK = "mask";

  private final RetrainTickets.Settings settings;
  private Map<Integer, List<StoredTicketResult>> found;

  SourceTickets(RetrainTickets.Settings settings) {
    this.settings = settings;
  }

  /** Whether one file serves all replicates. */
  private boolean isShared() {
    return settings.mask().isPresent() || !Files.isDirectory(path());
  }

  private Path path() {
    return Path.of(settings.ticket().orElseThrow());
  }

  /**
   * The tickets by replicate; none if there is a mask.
   *
   * @throws RefusedException if there are none
   */
  private Map<Integer, List<StoredTicketResult>> found() {
    if (found == null) {
      found = settings.ticket().isEmpty() ? Map.of() : find();
    }
    return found;
  }

  private Map<Integer, List<StoredTicketResult>> find() {
    List<StoredTicketResult> all = tickets();
    if (!isShared()) {
      all = variant(all);
      all = only("branch", settings.branch(), all, TicketResult::branch);
      if (settings.round().isPresent()) {
        all = only("round", settings.round().get(), all, TicketResult::round);
      }
    }
    Map<Integer, List<StoredTicketResult>> replicates = new TreeMap<>();
    for (StoredTicketResult ticket : all) {
      List<StoredTicketResult> levels =
          replicates.computeIfAbsent(ticket.row().replicate(), replicate -> new ArrayList<>());
      for (StoredTicketResult other : levels) {
        if (other.row().round() == ticket.row().round()) {
          throw new RefusedException(
              TICKET,
              other.name() + " and " + ticket.name() + " of one round and replicate",
              "one ticket of each round and replicate",
              "Name one of them");
        }
      }
      levels.add(ticket);
    }
    return replicates;
  }

  private List<StoredTicketResult> tickets() {
    String allowed = "the folder of a run or of an export, or one of its tickets";
    try {
      List<StoredTicketResult> tickets = StoredTicketResult.at(path());
      if (tickets.isEmpty()) {
        throw new RefusedException(
            TICKET,
            "no ticket at " + path(),
            allowed,
            "Check the path; name a file of masks alone in mask");
      }
      return tickets;
    } catch (ConfigProblem e) {
      throw new RefusedException(TICKET, path() + " (" + e.getMessage() + ")", allowed);
    }
  }

  private List<StoredTicketResult> variant(List<StoredTicketResult> all) {
    if (settings.variant().isPresent()) {
      return only("variant", settings.variant().get(), all, TicketResult::variant);
    }
    Set<String> variants = new TreeSet<>();
    all.forEach(ticket -> variants.add(ticket.row().variant()));
    if (variants.size() > 1) {
      throw new RefusedException(
          "variant", "nothing", "one of " + String.join(", ", variants), "The run has several");
    }
    return all;
  }

  /** The tickets with a value. */
  private static <T extends Comparable<T>> List<StoredTicketResult> only(
      String key, T value, List<StoredTicketResult> all, Function<TicketResult, T> part) {
    List<StoredTicketResult> some =
        all.stream().filter(ticket -> part.apply(ticket.row()).equals(value)).toList();
    if (some.isEmpty()) {
      TreeSet<T> values = new TreeSet<>();
      all.forEach(ticket -> values.add(part.apply(ticket.row())));
      List<String> texts = values.stream().map(String::valueOf).toList();
      throw new RefusedException(
          key,
          value,
          "one of the tickets', " + String.join(", ", texts),
          Nearest.remedy(String.valueOf(value), texts));
    }
    return some;
  }

  /** Reads all tickets, and refuses each that does not fit the network. */
  void check(Network network, Refusals refusals) {
    if (settings.mask().isPresent()) {
      refusals.collect(() -> mask(network));
      return;
    }
    Optional<Map<Integer, List<StoredTicketResult>>> all = refusals.collect(this::found);
    Set<String> known = new LinkedHashSet<>();
    all.stream()
        .flatMap(replicates -> replicates.values().stream())
        .flatMap(List::stream)
        .forEach(
            ticket -> {
              Refusals inner = new Refusals();
              inner.collect(() -> source(ticket, network));
              // The tickets of a run do not fit for the same reasons, which one of them shows.
              String reasons = inner.all().toString().replace(ticket.arrays().toString(), "");
              if (known.add(reasons)) {
                inner.all().forEach(refusals::add);
              }
            });
  }

  /** Refuses replicates without a ticket, and warns if all have the same one. */
  void checkReplicates(int replicates, Refusals refusals) {
    Optional<Map<Integer, List<StoredTicketResult>>> all = new Refusals().collect(this::found);
    if (settings.mask().isPresent() || all.isEmpty()) {
      return; // a mask has no replicate, and other tickets are refused already
    }
    if (isShared()) {
      if (replicates > 1 && settings.weights() != Weights.FRESH) {
        refusals.warn(
            TICKET,
            "one ticket for " + replicates + " replicates",
            "all of them train it and differ only in what is drawn later",
            "Their intervals say nothing about other tickets; name its run for one of each");
      }
    } else if (!IntStream.range(0, replicates).allMatch(all.get()::containsKey)) {
      refusals.add(
          TICKET,
          "tickets of the replicates " + all.get().keySet() + " in " + path(),
          "one for each of the " + replicates + " replicates of the experiment, from 0 on",
          "Set replicates to fewer, or name one ticket for all");
    }
  }

  /** Whether there is a dense ticket of round 0. */
  boolean hasDense() {
    return new Refusals()
        .collect(this::found)
        .map(
            replicates ->
                replicates.values().stream()
                    .flatMap(List::stream)
                    .anyMatch(ticket -> ticket.row().round() == 0 && isDense(ticket.row())))
        .orElse(true);
  }

  private static boolean isDense(TicketResult row) {
    return row.density() == 1;
  }

  private List<StoredTicketResult> tickets(int replicate) {
    return isShared()
        ? found().values().stream().flatMap(List::stream).toList()
        : found().getOrDefault(replicate, List.of());
  }

  /**
   * Reads the tickets of a replicate.
   *
   * @throws RefusedException naming everything that does not fit the network
   */
  List<Source> of(int replicate, Network network) {
    return settings.mask().isPresent()
        ? List.of(mask(network))
        : tickets(replicate).stream().map(ticket -> source(ticket, network)).toList();
  }

  private Source mask(Network network) {
    Path file = Path.of(settings.mask().orElseThrow());
    Refusals refusals = new Refusals();
    Optional<Mask> mask = MaskFile.read(file, settings.rename(), network, refusals);
    refuse(MASK, file, refusals.all());
    return new Source(file.toString(), 1, mask.orElseThrow(), State.EMPTY, State.EMPTY, false);
  }

  private Source source(StoredTicketResult ticket, Network network) {
    Path file = ticket.arrays();
    Refusals refusals = new Refusals();
    Optional<Mask> mask = MaskFile.read(file, settings.rename(), network, refusals);
    Optional<State> weights = weights(file, network, refusals);
    refuse(TICKET, file, refusals.all());
    Account account = ticket.row().account();
    boolean isTrained = settings.weights() == Weights.TRAINED;
    State state =
        weights
            .orElseThrow()
            .derivedFrom(last(isTrained ? account.steps().toList() : account.finding()));
    return new Source(
        file.toString(),
        ticket.row().round(),
        mask.orElseThrow().derivedFrom(last(account.finding())),
        isTrained ? State.EMPTY : state,
        isTrained ? state : State.EMPTY,
        ticket
            .row()
            .findings()
            .getOrDefault(Retrain.COST, Retrain.COUNTED)
            .equals(Retrain.COUNTED));
  }

  /** Reads the weights to start from; none of those that are not used. */
  private Optional<State> weights(Path file, Network network, Refusals refusals) {
    TicketWeights which;
    switch (settings.weights()) {
      case FRESH -> {
        return Optional.of(State.EMPTY);
      }
      case TRAINED -> which = TicketWeights.TRAINED;
      default -> which = TicketWeights.START;
    }
    return StartingState.read(
        new StartingWeights(file.toString(), settings.rename(), List.of(), which),
        network,
        refusals);
  }

  /** The keys of the last steps, behind which all others are. */
  private static Set<Digest> last(List<StepRecord> steps) {
    Set<Digest> last = new LinkedHashSet<>();
    steps.forEach(step -> last.add(step.key()));
    steps.forEach(step -> last.removeAll(step.inputs()));
    return last;
  }

  /** Throws refusals of a file with its name, by the key of the file. */
  private static void refuse(String key, Path file, Collection<Refusal> refusals) {
    List<Refusal> named = new ArrayList<>();
    for (Refusal refusal : refusals) {
      boolean isOfFile = refusal.key().equals("file");
      boolean isNamed = refusal.found().contains(file.toString());
      named.add(
          new Refusal(
              isOfFile ? key : refusal.key(),
              refusal.found() + (isNamed ? "" : " in " + file),
              refusal.allowed(),
              refusal.remedy()));
    }
    if (!named.isEmpty()) {
      throw new RefusedException(named);
    }
  }

  /** The recorded steps behind the tickets of a replicate, each once. */
  List<StepRecord> steps(int replicate) {
    Map<Digest, StepRecord> steps = new LinkedHashMap<>();
    tickets(replicate).stream()
        .flatMap(ticket -> ticket.row().account().steps())
        .forEach(step -> steps.putIfAbsent(step.key(), step));
    return List.copyOf(steps.values());
  }

  /** The digest of all files, which names the values that a run used. */
  Digest digest() {
    List<Object> values = new ArrayList<>();
    settings.mask().map(Path::of).map(SourceTickets::sha256).ifPresent(values::add);
    for (List<StoredTicketResult> tickets : found().values()) {
      for (StoredTicketResult ticket : tickets) {
        values.add(sha256(ticket.arrays()));
        values.addAll(ticket.weights());
      }
    }
    return Digest.of(values.toArray());
  }

  private static String sha256(Path file) {
    try {
      return Sha256.of(out -> Files.copy(file, out));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
