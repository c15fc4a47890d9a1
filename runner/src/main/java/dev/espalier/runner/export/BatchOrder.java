// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.LastBatch;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketRecord.Step;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The order of the examples in the training of a ticket, as its record defines it.
 *
 * @param seed the seed of the training
 * @param batches its examples and batches
 * @param first the first iteration
 * @param end the iteration after the last one
 */
record BatchOrder(Seed seed, Batches batches, long first, long end) {

  /** The array: the permutation of each epoch. */
  private static final String ORDER = "order";

  /**
   * The batches of an epoch.
   *
   * @param examples the number of training examples
   * @param size the number of examples in a full batch
   * @param last whether an epoch has a last batch that is not full
   */
  record Batches(int examples, int size, LastBatch last) {
    private long perEpoch() {
      return last.perEpoch(examples, size);
    }
  }

  /**
   * The order in the training of a ticket. If the ticket was not trained after it was found, it is
   * that of the last training that found it, such as the search of edge-popup.
   *
   * @return empty if there is no training behind the ticket
   * @throws InvalidTicket if the record has no order, or several
   */
  static Optional<BatchOrder> of(TicketRecord ticket) throws InvalidTicket {
    List<Step> own = trainings(ticket.details().trainedBy());
    List<Step> steps = own.isEmpty() ? last(trainings(ticket.details().foundBy())) : own;
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    try {
      List<BatchOrder> orders = steps.stream().map(BatchOrder::of).toList();
      BatchOrder one = orders.get(0);
      if (orders.stream()
          .anyMatch(o -> !o.seed.equals(one.seed) || !o.batches.equals(one.batches))) {
        throw new InvalidTicket(
            refusal("trainings with different seeds or batches", "one order of the examples"));
      }
      long first = orders.stream().mapToLong(BatchOrder::first).min().orElseThrow();
      long end = orders.stream().mapToLong(BatchOrder::end).max().orElseThrow();
      // A monitor may have ended the training early.
      long trained = ticket.training().iteration();
      return Optional.of(
          new BatchOrder(
              one.seed, one.batches, first, trained > first ? Math.min(end, trained) : end));
    } catch (IllegalArgumentException e) {
      throw new InvalidTicket(
          new Refusal(
                  "--order",
                  "a training without its number of examples, as earlier versions recorded it",
                  "a ticket of this version",
                  "Run its experiment again")
              .toString());
    }
  }

  private static String refusal(String found, String allowed) {
    return new Refusal("--order", found, allowed).toString();
  }

  private static List<Step> trainings(List<Step> steps) {
    return steps.stream().filter(step -> step.step().equals(StepRecord.TRAIN)).toList();
  }

  private static List<Step> last(List<Step> steps) {
    return steps.subList(Math.max(0, steps.size() - 1), steps.size());
  }

  /** Reads the words of a training; see {@code StepWords}. */
  private static BatchOrder of(Step step) {
    Map<String, String> words = step.settings();
    String[] iterations = String.valueOf(words.get("iterations")).split(" ", -1);
    LastBatch last =
        Stream.of(LastBatch.values())
            .filter(it -> Names.word(it).equals(words.get("last-batch")))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("last-batch"));
    return new BatchOrder(
        new Seed(Long.parseLong(words.get("seed")), Integer.parseInt(words.get("replicate"))),
        new Batches(
            Integer.parseInt(words.get("training-examples")),
            Integer.parseInt(words.get("batch-size")),
            last),
        Long.parseLong(iterations[0]),
        Long.parseLong(iterations[2]));
  }

  /** Draws the order. */
  Safetensors arrays(String ticket) {
    long from = first / batches.perEpoch();
    long until = (end - 1) / batches.perEpoch() + 1;
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("ticket", ticket);
    metadata.put("first-iteration", Long.toString(first));
    metadata.put("last-iteration", Long.toString(end - 1));
    metadata.put("iterations-per-epoch", Long.toString(batches.perEpoch()));
    metadata.put("batch-size", Integer.toString(batches.size()));
    metadata.put("last-batch", Names.word(batches.last()));
    metadata.put("seed", Long.toString(seed.root()));
    metadata.put("replicate", Integer.toString(seed.replicate()));
    Array order =
        Array.of(
            new Shape(until - from, batches.examples()),
            LongStream.range(from, until)
                .mapToObj(epoch -> seed.order(epoch, batches.examples()))
                .flatMapToInt(Arrays::stream));
    return new Safetensors(Map.of(ORDER, order), metadata);
  }
}
