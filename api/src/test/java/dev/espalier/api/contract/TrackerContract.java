// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.History;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Tracker;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules for every {@link Tracker}; extend it in a plugin's tests. */
public abstract class TrackerContract {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

  private static final List<Layer> LAYERS =
      List.of(new Layer("fc", new Shape(4, 3), Layer.Kind.LINEAR));

  private static final Plan PLAN =
      Plan.of(
          new Training(
              new Sgd(0.1),
              new Constant(),
              Span.iterations(0),
              10,
              Span.iterations(40),
              Span.iterations(10)),
          100);

  @TempDir private Path run;

  /** For subclasses. */
  protected TrackerContract() {}

  /**
   * Creates the tracker under test, with equal settings in every call.
   *
   * @return a new instance
   */
  protected abstract Tracker tracker();

  /**
   * Returns everything that the tracker wrote about a replicate.
   *
   * @param start the replicate
   * @return a text, empty if it wrote nothing
   */
  protected abstract String written(Tracker.Start start);

  private Tracker.Start start(String variant, int replicate) {
    return new Tracker.Start(
        "run-1a2b3c4d", variant, replicate, Map.of("name", "run", "data.id", "digits"), run);
  }

  private static void measure(Tracker.Session session, int training, long iteration) {
    session.measured(
        new Tracker.Measurement(
            training, iteration, TIME.plusSeconds(iteration), Map.of("test/accuracy", 0.625)));
  }

  private static void train(Tracker.Session session, int training, boolean isStored) {
    session.training(new Tracker.Training(training, "round " + training, 0.5, 0, 40, isStored));
    if (!isStored) {
      measure(session, training, 20);
    }
    measure(session, training, 40);
  }

  private static void publish(Tracker.Session session, Tracker.Start start, int round) {
    Mask mask = Mask.dense(LAYERS);
    Trained trained =
        new Trained(40, State.EMPTY, State.EMPTY, State.EMPTY, Trained.Running.NONE, History.EMPTY);
    Ticket ticket =
        new Ticket(
            round,
            Ticket.TICKET,
            mask,
            Analysis.withoutPaths(LAYERS, mask),
            State.EMPTY,
            PLAN,
            trained);
    List<Tracker.Measurement> history =
        List.of(new Tracker.Measurement(0, 40, TIME, Map.of("test/accuracy", 0.625)));
    session.ticket(
        new Tracker.Published(
            start.name() + "-round-0" + round,
            ticket.withFindings(Map.of("note", "a, \"b\"")),
            false,
            1,
            TIME,
            round == 0 ? List.of() : history)); // a network that is not trained has no history
  }

  @Test
  void isAValue() {
    assertThat(tracker()).isInstanceOf(Record.class).isEqualTo(tracker());
  }

  @Test
  void receivesAReplicateFromItsBeginToItsEnd() {
    Tracker.Start start = start("", 0);
    Tracker.Session session = tracker().begin(start);
    publish(session, start, 0);
    train(session, 1, false);
    String live = written(start);
    publish(session, start, 1);
    session.end(true);
    assertThat(live).as("while it trains").isNotEmpty();
    assertThat(written(start)).isNotEmpty().isNotEqualTo(live);
  }

  @Test
  void continuesAReplicateAfterAnInterruption() {
    Tracker.Start start = start("", 0);
    Tracker.Session first = tracker().begin(start);
    train(first, 1, false);
    publish(first, start, 1);
    first.training(new Tracker.Training(2, "round 2", 0.5, 0, 40, false));
    measure(first, 2, 20);
    first.end(false);
    Tracker.Session second = tracker().begin(start);
    train(second, 1, true);
    publish(second, start, 1);
    second.training(new Tracker.Training(2, "round 2", 0.5, 0, 40, false));
    String before = written(start);
    measure(second, 2, 40);
    assertThat(written(start)).as("the resumed training").isNotEqualTo(before);
    publish(second, start, 2);
    second.end(true);
  }

  @Test
  void replicatesAtTheSameTimeDoNotMix() {
    Tracker.Start one = start("a", 0);
    Tracker.Start other = start("a", 1);
    Tracker.Start third = start("b", 0);
    Tracker.Session first = tracker().begin(one);
    Tracker.Session second = tracker().begin(other);
    Tracker.Session last = tracker().begin(third);
    train(first, 1, false);
    train(second, 1, false);
    train(last, 1, false);
    String before = written(other);
    String beforeThird = written(third);
    train(first, 2, false);
    publish(first, one, 1);
    first.end(true);
    assertThat(written(other)).isEqualTo(before);
    assertThat(written(third)).isEqualTo(beforeThird);
    second.end(false);
    last.end(true);
  }
}
