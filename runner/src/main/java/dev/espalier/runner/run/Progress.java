// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.History;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.runner.results.Curve;
import dev.espalier.runner.results.MetricFormat;
import dev.espalier.runner.results.Metrics;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Shows the progress of a run: a bar on a terminal, plain lines elsewhere. */
final class Progress {

  private static final Duration LINE_EVERY = Duration.ofSeconds(30);
  private static final Duration WATCH_EVERY = Duration.ofSeconds(2);

  /** The smallest duration in seconds for which a line is printed. */
  private static final double WORTH_A_LINE = 0.5;

  /** The longest finding, in characters, that shares a line with others. */
  private static final int SHORT = 60;

  /** The precision of numeric findings on screen; the record has all digits. */
  private static final MathContext DIGITS = new MathContext(5);

  private final Screen screen;
  private final Consumer<ProgressFrame> watcher;
  private Optional<TrainingPlan> plan = Optional.empty();

  private Metrics metrics = Metrics.ACCURACY;

  /** The trainings of this replicate so far, from which later replicates have their plan. */
  private final List<TrainingPlan.Planned> trained = new ArrayList<>();

  /** The replicates that have not ended, in all variants; at most 0 if that is not known. */
  private int replicates;

  /** The time of the trainings that this process has computed, and their iterations. */
  private double seconds;

  private long iterations;
  private long nextWatch = System.nanoTime();

  Progress(Screen screen) {
    this(screen, frame -> {});
  }

  /**
   * Creates the progress of a run that is also watched elsewhere.
   *
   * @param watcher receives the state of a training every two seconds
   */
  Progress(Screen screen, Consumer<ProgressFrame> watcher) {
    this.screen = screen;
    this.watcher = watcher;
  }

  /**
   * The place of a training in its run.
   *
   * @param words variant, replicate, round, branch and number, such as {@code round 1, reinit (3 of
   *     17)}
   * @param later the iterations of all trainings after it; empty if they are not known
   */
  record Place(String words, OptionalLong later) {}

  /** Begins a run of some replicates, in all variants; a worker does not know how many. */
  void begin(int all) {
    replicates = all;
  }

  /** Begins a variant, whose replicates have a plan and metrics in common. */
  void plan(Optional<TrainingPlan> next, Metrics measured) {
    plan = next;
    metrics = measured;
    seconds = 0; // an iteration of another variant has another duration
    iterations = 0;
  }

  /** Ends a replicate. The first one is the plan of the others, if the method has none. */
  void replicateEnded() {
    replicates--;
    plan = plan.or(() -> Optional.of(new TrainingPlan(List.copyOf(trained))));
    trained.clear();
  }

  /**
   * Begins a training, and names it by the plan. One that is not in the plan has a number only.
   *
   * @param label its variant and replicate
   * @param number its number in the replicate, counted from 1
   * @param length its iterations
   */
  Place place(String label, int number, long length) {
    trained.add(new TrainingPlan.Planned("", length));
    if (plan.isEmpty() || number > plan.get().trainings().size()) {
      return new Place(label + "training " + number, OptionalLong.empty());
    }
    TrainingPlan all = plan.get();
    String name = all.trainings().get(number - 1).name();
    String words =
        "%s%s (%d of %d)"
            .formatted(label, name.isEmpty() ? "training" : name, number, all.trainings().size());
    long later = all.iterationsFrom(number + 1) + (replicates - 1) * all.iterationsFrom(1);
    return new Place(words, replicates > 0 ? OptionalLong.of(later) : OptionalLong.empty());
  }

  void line(String text) {
    screen.out().println(text);
  }

  /** Prints a line about a pruned round, if scoring took a noticeable time. */
  void pruned(String label, int round, double density, double seconds) {
    if (seconds > WORTH_A_LINE) {
      line(
          String.format(
              Locale.ROOT,
              "%spruning round %d: density %.4g %% in %.1f s",
              label,
              round,
              100 * density,
              seconds));
    }
  }

  /** Prints the findings of a published ticket that are short; its record has all of them. */
  void found(String label, Ticket ticket) {
    trained.replaceAll(training -> training.named(name(ticket)));
    String findings =
        ticket.findings().entrySet().stream()
            .filter(finding -> finding.getValue().length() <= SHORT)
            .filter(finding -> Curve.numbers(finding.getValue()).length < 2)
            .map(finding -> finding.getKey() + " " + rounded(finding.getValue()))
            .collect(Collectors.joining(", "));
    if (!findings.isEmpty()) {
      line(label + name(ticket) + ": " + findings);
    }
  }

  /** The name of a ticket, such as {@code round 2} or {@code round 2, fit}. */
  static String name(Ticket ticket) {
    String branch = ticket.branch().equals(Ticket.TICKET) ? "" : ", " + ticket.branch();
    return "round " + ticket.round() + branch;
  }

  /** Rounds a number with a fraction to a few digits; all else, counts included, is unchanged. */
  static String rounded(String value) {
    try {
      BigDecimal number = new BigDecimal(value);
      return number.scale() > 0 && number.precision() > DIGITS.getPrecision()
          ? number.round(DIGITS).toString()
          : value;
    } catch (NumberFormatException e) {
      return value;
    }
  }

  /**
   * The display of one training.
   *
   * @param place its place in the run
   * @param from the first iteration of the whole training
   * @param rest its stretch; a resumed training begins at its checkpoint
   */
  TrainingProgress training(Place place, long from, Plan rest) {
    return new TrainingProgress(place, from, rest);
  }

  /** The display of one training. */
  final class TrainingProgress implements AutoCloseable {

    private final Place place;
    private final long from;
    private final long resumed;
    private final long until;
    private final long start = System.nanoTime();
    private ProgressBar bar;
    private long nextLine = start + LINE_EVERY.toNanos();
    private volatile Optional<String> test = Optional.empty();

    private TrainingProgress(Place place, long from, Plan rest) {
      this.place = place;
      this.from = from;
      resumed = rest.from();
      until = rest.until();
      bar =
          screen.isTerminal()
              ? new ProgressBarBuilder()
                  .setInitialMax(until)
                  .startsFrom(resumed, Duration.ZERO)
                  .setRenderer((state, width) -> frame(state.getCurrent(), seconds()).fit(width))
                  .setUpdateIntervalMillis(250)
                  .clearDisplayOnFinish()
                  .build()
              : null;
    }

    void at(long iteration) {
      if (bar != null) {
        bar.stepTo(iteration);
      } else if (System.nanoTime() > nextLine) {
        nextLine = System.nanoTime() + LINE_EVERY.toNanos();
        line(frame(iteration, seconds()).line());
      }
      if (System.nanoTime() - nextWatch > 0) {
        nextWatch = System.nanoTime() + WATCH_EVERY.toNanos();
        watcher.accept(frame(iteration, seconds()));
      }
    }

    void measured(History.Point point) {
      double score = metrics.score(point.test());
      MetricFormat metric = new MetricFormat(metrics.first());
      test = Optional.of(metric.name() + " " + metric.value(score));
    }

    /** The time left is known after the first second, since the first iterations are slow. */
    ProgressFrame frame(long iteration, double passed) {
      boolean isKnown = iteration > resumed && passed >= 1;
      double rate = isKnown ? (iteration - resumed) / passed : Double.NaN;
      double run = (iterations + iteration - resumed) / (Progress.this.seconds + passed);
      double left = (until - iteration) / rate;
      double later = place.later().isPresent() ? place.later().getAsLong() / run : Double.NaN;
      return new ProgressFrame(
          place.words(),
          iteration,
          until,
          new ProgressFrame.Times(passed, left, left + later),
          test);
    }

    private double seconds() {
      return (System.nanoTime() - start) / 1e9;
    }

    /** Ends the display with a line that stays. */
    void done(long iteration) {
      close();
      iterations += iteration - resumed;
      Progress.this.seconds += seconds();
      line(
          String.format(
              Locale.ROOT,
              "%s: %d iterations%s in %.1f s%s",
              place.words(),
              iteration - from,
              resumed == from ? "" : ", the last " + (iteration - resumed),
              seconds(),
              ProgressFrame.words(test)));
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null; // closed twice, it would be drawn again
      }
    }
  }
}
