// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.collapse;

import dev.espalier.api.Criterion;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.AnalysisTable;
import dev.espalier.runner.results.CsvTable;
import dev.espalier.runner.results.TextTable;
import dev.espalier.runner.run.ExperimentTrials;
import dev.espalier.runner.run.Interruption;
import dev.espalier.runner.run.Screen;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds how far criteria can prune an untrained network before a layer is empty. The result is the
 * critical compression 10^x, x the largest multiple of a step for which density 10^-x leaves every
 * layer that is not a shortcut some weights. All weights are in one ranking, counts are exact, and
 * a criterion of n rounds follows rho^(k/n).
 */
public final class CollapseSearch {

  /**
   * A criterion in the search.
   *
   * @param label the name on screen
   * @param criterion ranks the weights
   */
  public record Candidate(String label, Criterion criterion) {}

  /** The result of one criterion in one replicate, with the layers that die at the next step. */
  private record Found(Candidate candidate, int replicate, double exponent, List<String> dying) {}

  private final Registry registry;
  private final Path root;
  private final Screen screen;

  /**
   * Creates a search.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code store}, where rounds of pruning are kept
   * @param screen receives progress and tables
   */
  public CollapseSearch(Registry registry, Path root, Screen screen) {
    this.registry = registry;
    this.root = root;
    this.screen = screen;
  }

  /**
   * Searches for every criterion and replicate, and prints a table.
   *
   * @param draft the experiment, which gives network, data, seed and replicates
   * @param choice the criteria for the experiment
   * @param step the step of exponents
   * @param interruption requests an early end
   * @return the table as a file: a row for every criterion and replicate
   * @throws ConfigProblem if the search cannot be done with this experiment
   */
  public String run(
      Draft draft,
      Function<Sweep, List<Candidate>> choice,
      double step,
      Interruption interruption) {
    try (ExperimentTrials trials =
        new ExperimentTrials(registry, root, draft, screen, interruption)) {
      Experiment experiment = trials.experiment();
      List<Candidate> candidates = choice.apply(trials.sweep());
      check(candidates, trials);
      Mask dense = Mask.dense(trials.network().layers());
      long living = dense.layers().stream().filter(Search::mustLive).count();
      double limit = Math.log10((double) dense.size() / living);
      Grid grid = new Grid(step, (int) Math.floor(limit / step + 1e-9));
      List<Found> found = new ArrayList<>();
      for (Candidate candidate : candidates) {
        for (int replicate = 0; replicate < experiment.replicates(); replicate++) {
          String label = candidate.label() + ", " + trials.label(replicate);
          Search search =
              new Search(trials.trial(replicate, label), candidate.criterion(), dense, grid);
          int last = search.lastAlive();
          double x = grid.exponent(last);
          found.add(new Found(candidate, replicate, x, search.dyingAfter(last)));
          trials.line(
              String.format(
                  Locale.ROOT, "%severy layer lives down to density 10^-%s", label, number(x)));
        }
      }
      PrintWriter out = screen.out();
      out.println();
      out.print(table(candidates, found).fold(screen.width(), 1));
      out.printf(
          Locale.ROOT,
          "x is at most %.2f: a weight for each of %d layers, of %d%n",
          limit,
          living,
          dense.size());
      return csv(found, limit);
    }
  }

  private static void check(List<Candidate> candidates, ExperimentTrials trials) {
    Refusals refusals = new Refusals();
    for (Candidate candidate : candidates) {
      if (Collections.frequency(candidates, candidate) > 1) { // its replicates would count twice
        refusals.add(
            "--criterion", candidate.label() + " twice", "each criterion once", "Name it once");
      }
      Refusals inner = refusals.within("criterion " + candidate.label());
      candidate.criterion().check(trials.network(), trials.data(), inner);
    }
    if (!refusals.isEmpty()) {
      throw ConfigProblem.of(refusals.all());
    }
  }

  /** Exponents 0, step, 2 * step, ... up to last * step. */
  private record Grid(double step, int last) {

    /** Removes the last bits of the product: 3 * 0.1 becomes 0.3. */
    double exponent(int index) {
      return Math.rint(1e9 * step * index) / 1e9;
    }

    double density(int index) {
      return Math.pow(10, -exponent(index));
    }
  }

  /** The search for one criterion in one replicate. */
  private static final class Search {

    private final Trial trial;
    private final Criterion criterion;
    private final State start;
    private final Mask dense;
    private final Grid grid;
    private final Map<Integer, List<String>> dead = new HashMap<>();
    private Scores scores;

    Search(Trial trial, Criterion criterion, Mask dense, Grid grid) {
      this.trial = trial;
      this.criterion = criterion;
      this.dense = dense;
      this.grid = grid;
      start = trial.initial();
    }

    /**
     * The last point of the grid at which all layers live. The end is tried first, since criteria
     * that keep layers alive reach it. Otherwise the search halves the grid and assumes that a
     * layer dead at one density is dead at all lower ones.
     */
    int lastAlive() {
      if (lives(grid.last())) {
        return grid.last();
      }
      int alive = 0;
      int collapsed = grid.last();
      while (collapsed - alive > 1) {
        int middle = (alive + collapsed) / 2;
        if (lives(middle)) {
          alive = middle;
        } else {
          collapsed = middle;
        }
      }
      return alive;
    }

    /** The layers that are dead one step later; none if that is beyond the grid. */
    List<String> dyingAfter(int index) {
      return dead.getOrDefault(index + 1, List.of());
    }

    private boolean lives(int index) {
      if (index == 0) {
        return true;
      }
      Mask mask = pruned(grid.density(index));
      dead.put(index, dead(mask));
      return dead(mask).isEmpty();
    }

    private Mask pruned(double rho) {
      int n = criterion.rounds();
      if (n == 1) {
        if (scores == null) {
          scores = trial.score(criterion, new Weights(start, start, dense));
        }
        return Scope.global().prune(scores, dense, rho);
      }
      Schedule schedule = Schedule.exponential(rho, n);
      Pruning how = new Pruning(criterion, schedule, Scope.global(), TieRule.EXACT);
      Mask mask = dense;
      // Masks only shrink: a dead layer stays dead.
      for (int k = 1; k <= n && dead(mask).isEmpty(); k++) {
        mask = trial.prune(how, k - 1, k, new Weights(start, start, mask));
      }
      return mask;
    }

    /** Whether a layer must live: without its shortcut a block has its other branch. */
    private static boolean mustLive(Layer layer) {
      return layer.kind() != Layer.Kind.SHORTCUT;
    }

    private static List<String> dead(Mask mask) {
      return mask.layers().stream()
          .filter(layer -> mustLive(layer) && mask.kept(layer) == 0)
          .map(Layer::name)
          .toList();
    }
  }

  private static TextTable table(List<Candidate> candidates, List<Found> found) {
    TextTable table =
        new TextTable(1, "criterion", "mean x", "x of each", "density %", "layers that die next");
    for (Candidate candidate : candidates) {
      List<Found> all = found.stream().filter(f -> f.candidate().equals(candidate)).toList();
      double mean = all.stream().mapToDouble(Found::exponent).average().orElseThrow();
      table.row(
          candidate.label(),
          String.format(Locale.ROOT, "%.2f", mean),
          all.stream().map(f -> number(f.exponent())).collect(Collectors.joining(" ")),
          AnalysisTable.percent(Math.pow(10, -mean)),
          all.stream()
              .map(Found::dying)
              .flatMap(Collection::stream)
              .distinct()
              .collect(Collectors.joining(", ")));
    }
    return table;
  }

  private static String csv(List<Found> found, double limit) {
    return CsvTable.<Found>of("criterion", row -> row.candidate().label())
        .and("replicate", Found::replicate)
        .and("exponent", row -> number(row.exponent()))
        .and("density", row -> Math.pow(10, -row.exponent()))
        .and("limit", row -> limit)
        .and("layers_that_die_next", row -> String.join(" ", row.dying()))
        .text(found);
  }

  private static String number(double exponent) {
    return exponent == Math.rint(exponent)
        ? Long.toString((long) exponent)
        : Double.toString(exponent);
  }
}
