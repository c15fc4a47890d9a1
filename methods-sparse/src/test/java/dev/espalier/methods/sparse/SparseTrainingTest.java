// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Gradients;
import dev.espalier.api.Method;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scopes;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Weights;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.settings.Warning;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.LocalTrial;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What SET and RigL have in common, and the choices of each. */
class SparseTrainingTest {

  private static final int ITERATIONS = 40;
  private static final RiglUpdates RIGL = new RiglUpdates(0.3, 5, 30, 20);
  private static final SetUpdates SET = new SetUpdates(0.3, 5, ITERATIONS);

  static List<MovingMask> rules() {
    return List.of(RIGL, SET);
  }

  private static List<Small.Move> moves(Network network, MovingMask rule) {
    List<Small.Move> moves = new ArrayList<>();
    try (LocalTrial trial =
        new LocalTrial(network, Small.DATA, Small.training(ITERATIONS), Small.SEED)) {
      trial.train(
          trial.initial(),
          Parametrization.moving(Small.half(network), new Small.Noted(rule, moves)),
          trial.plan());
    }
    return moves;
  }

  @ParameterizedTest
  @MethodSource("rules")
  void theDensityOfEachLayerIsConstantAndWeightsMoveAtEachUpdate(MovingMask rule) {
    try (Network network = Small.network()) {
      List<Small.Move> moves = moves(network, rule);
      assertThat(moves).hasSize(rule == RIGL ? 5 : 7);
      for (Small.Move move : moves) {
        for (Layer layer : network.layers()) {
          assertThat(move.after().kept(layer)).isEqualTo(Small.half(network).kept(layer));
        }
        assertThat(move.after()).isNotEqualTo(move.before());
      }
    }
  }

  /** The chain shows that nothing but the reset happens at the update. */
  @ParameterizedTest
  @MethodSource("rules")
  void newWeightsAreZeroAndForgottenAndKeptOnesAreUntouched(MovingMask rule) {
    try (Network network = Small.network();
        LocalTrial trial =
            new LocalTrial(network, Small.DATA, Small.training(ITERATIONS), Small.SEED)) {
      List<Small.Move> moves = new ArrayList<>();
      Plan plan = trial.plan();
      Parametrization moving =
          Parametrization.moving(Small.half(network), new Small.Noted(rule, moves));
      Trained before = trial.train(trial.initial(), moving, plan.until(10));
      Trained after = trial.train(before, moving, plan.from(10).until(11));
      Small.Move move = moves.get(1);
      assertThat(move.t()).isEqualTo(10);

      Trained reset = before.reset(Small.both(move.before(), move.after()));
      Trained chain =
          trial.train(reset, Parametrization.masked(move.after()), plan.from(10).until(11));
      assertThat(after.state()).isEqualTo(chain.state());
      assertThat(after.optimizer()).isEqualTo(chain.optimizer());
      for (Layer layer : network.layers()) {
        String velocity = "velocity/" + layer.name();
        BitSet grown = move.grown(layer);
        assertThat(grown.cardinality()).isPositive();
        grown.stream()
            .forEach(
                i -> {
                  assertThat(reset.variables().get(layer.name()).get(i)).isEqualTo(0);
                  assertThat(reset.optimizer().get(velocity).get(i)).isEqualTo(0);
                });
        BitSet kept = Small.both(move.before().alive(layer), move.after().alive(layer));
        assertEqual(reset.variables(), before.variables(), layer.name(), kept);
        assertEqual(reset.optimizer(), before.optimizer(), velocity, kept);
      }
    }
  }

  private static void assertEqual(State found, State expected, String name, BitSet some) {
    some.stream()
        .forEach(i -> assertThat(found.get(name).get(i)).isEqualTo(expected.get(name).get(i)));
  }

  @Test
  void theDropFractionOfRiglFallsAsACosineToZero() {
    assertThat(RIGL.f(0)).isEqualTo(0.3);
    assertThat(RIGL.f(10)).isCloseTo(0.15 * (1 + Math.cos(Math.PI / 3)), within(1e-12));
    assertThat(RIGL.f(15)).isCloseTo(0.15, within(1e-12));
    assertThat(RIGL.f(30)).isCloseTo(0, within(1e-12));
  }

  @Test
  void riglDropsTheFloorOfTheFractionOfLowestMagnitude() {
    try (Network network = Small.network()) {
      for (Small.Move move : moves(network, RIGL)) {
        for (Layer layer : network.layers()) {
          int n = move.before().kept(layer);
          int k = (int) Math.floor(RIGL.f(move.t()) * n);
          Tensor w = move.state().get(layer.name());
          List<Integer> lowest =
              sorted(move.before().alive(layer).stream(), i -> Math.abs(w.get(i))).subList(0, k);
          BitSet candidates = new BitSet();
          lowest.forEach(candidates::set);
          assertThat(Small.without(move.dropped(layer), candidates).isEmpty()).isTrue();
          assertThat(move.grown(layer).cardinality()).isEqualTo(move.dropped(layer).cardinality());
          assertThat(move.grown(layer).cardinality()).isLessThanOrEqualTo(k);
        }
      }
    }
  }

  private static List<Integer> sorted(IntStream indices, IntToDoubleFunction score) {
    return indices.boxed().sorted(Comparator.comparingDouble(score::applyAsDouble)).toList();
  }

  @Test
  void riglStopsAtThreeQuartersOfTheTraining() {
    Rigl.Settings settings = rigl(List.of(0.3), Span.iterations(5));
    try (Network network = Small.network();
        LocalTrial trial =
            new LocalTrial(network, Small.DATA, Small.training(ITERATIONS), Small.SEED)) {
      new Rigl(settings).run(trial);
      Ticket ticket = trial.tickets().get(0);
      assertThat(ticket.findings()).containsEntry("updates", "5"); // 5, 10, ..., 25 < 30
    }
  }

  /** A rule that compares RigL's choice with gradients by central differences. */
  private record BruteForce(Map<Long, Map<String, Map<Integer, Double>>> g) implements MovingMask {

    @Override
    public boolean isDue(long t, Plan plan) {
      return RIGL.isDue(t, plan);
    }

    @Override
    public Mask move(Scoring now, long t, Plan plan) {
      int[] rows = now.data().train().sample(20, Small.SEED.stream("move", t));
      State masked = now.mask().apply(now.state());
      Map<String, Map<Integer, Double>> all = new TreeMap<>();
      for (Layer layer : now.mask().layers()) {
        Map<Integer, Double> some = new TreeMap<>();
        for (int i = 0; i < layer.size(); i++) {
          some.put(i, slope(now, masked, layer, i, rows));
        }
        all.put(layer.name(), some);
      }
      g.put(t, all);
      return RIGL.move(now, t, plan);
    }

    private static double slope(Scoring now, State state, Layer layer, int i, int... rows) {
      float e = 1f / 1024;
      Scoring dense =
          new Scoring(
              now.network(),
              now.data(),
              new Weights(state, state, Mask.dense(now.mask().layers())),
              Small.SEED.stream("brute", 0), // each use of now.random() would change the batch
              now.source(),
              OptionalDouble.empty());
      double up = loss(dense, moved(state, layer, i, e), rows);
      double down = loss(dense, moved(state, layer, i, -e), rows);
      return Math.abs(up - down) / (2 * e);
    }

    private static State moved(State state, Layer layer, int i, float by) {
      Tensor w = state.get(layer.name());
      float[] values = new float[w.size()];
      w.values().get(values);
      values[i] += by;
      return state.with(State.of(Map.of(layer.name(), Tensor.adopt(w.shape(), values))));
    }

    private static double loss(Scoring scoring, State state, int... rows) {
      try (Gradients at = scoring.at(state, DataType.FLOAT64, Gradients.BatchNorm.BATCH)) {
        return at.loss(at.outputs(at.features(rows)), rows).getDouble();
      }
    }
  }

  @Test
  void riglGrowsTheWeightsOfTheLargestGradients() {
    Map<Long, Map<String, Map<Integer, Double>>> g = new TreeMap<>();
    List<Small.Move> moves = new ArrayList<>();
    try (Network network = Small.network(4, 6);
        LocalTrial trial = new LocalTrial(network, Small.DATA, Small.training(6), Small.SEED)) {
      trial.train(
          trial.initial(),
          Parametrization.moving(Small.half(network), new Small.Noted(new BruteForce(g), moves)),
          trial.plan());
      assertThat(g).containsOnlyKeys(5L);
      for (Small.Move move : moves) {
        for (Layer layer : network.layers()) {
          Map<Integer, Double> slopes = g.get(move.t()).get(layer.name());
          int k = (int) (RIGL.f(move.t()) * move.before().kept(layer));
          Tensor w = move.state().get(layer.name());
          BitSet kept = move.before().alive(layer);
          sorted(kept.stream(), i -> Math.abs(w.get(i))).subList(0, k).forEach(kept::clear);
          BitSet largest = (BitSet) kept.clone();
          sorted(IntStream.range(0, layer.size()).filter(i -> !kept.get(i)), i -> -slopes.get(i))
              .subList(0, k)
              .forEach(largest::set);
          assertThat(k).isPositive();
          assertThat(move.after().alive(layer)).isEqualTo(largest);
        }
      }
    }
  }

  @Test
  void setDropsTheShareOfEitherSignThatIsNearestToZero() {
    try (Network network = Small.network()) {
      for (Small.Move move : moves(network, SET)) {
        for (Layer layer : network.layers()) {
          Tensor w = move.state().get(layer.name());
          BitSet alive = move.before().alive(layer);
          List<Integer> positive = sorted(alive.stream().filter(i -> w.get(i) > 0), w::get);
          List<Integer> negative =
              sorted(alive.stream().filter(i -> w.get(i) <= 0), i -> -w.get(i));
          BitSet candidates = new BitSet();
          positive.subList(0, (int) (0.3 * positive.size())).forEach(candidates::set);
          negative.subList(0, (int) (0.3 * negative.size())).forEach(candidates::set);
          assertThat(Small.without(move.dropped(layer), candidates).isEmpty()).isTrue();
        }
      }
    }
  }

  private static Rigl.Settings rigl(List<Double> densities, Span every) {
    return new Rigl.Settings(densities, new Scopes.ErdosRenyiKernel(), 0.3, every, 0.75);
  }

  private static SparseEvolution.Settings set(List<Double> densities, Span every) {
    return new SparseEvolution.Settings(densities, new Scopes.ErdosRenyi(), 0.3, every);
  }

  static List<Method> methods() {
    return List.of(
        new Rigl(rigl(List.of(0.3, 0.1), Span.iterations(20))),
        new SparseEvolution(set(List.of(0.3, 0.1), Span.iterations(20))));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void learnsAtTheDensitiesOfItsTickets(Method method) {
    try (Network network = Small.network();
        LocalTrial trial = new LocalTrial(network, Small.DATA, Small.training(200), Small.SEED)) {
      method.run(trial);
      assertThat(trial.tickets()).extracting(Ticket::round).containsExactly(1, 2);
      assertThat(trial.tickets().get(0).mask().density()).isCloseTo(0.3, within(2e-3));
      assertThat(trial.tickets().get(1).mask().density()).isCloseTo(0.1, within(2e-3));
      for (Ticket ticket : trial.tickets()) {
        assertThat(Small.accuracy(ticket)).isGreaterThan(0.6);
        assertThat(Double.parseDouble(ticket.findings().get("grown"))).isBetween(0.01, 0.99);
      }
    }
  }

  @Test
  void warnsOfAnIntervalThatLeavesTheMaskAsItIs() {
    try (Network network = Small.network()) {
      Plan plan = Plan.of(Small.training(ITERATIONS), Small.DATA.train().size());
      Refusals refusals = new Refusals();
      new Rigl(rigl(List.of(0.3), Span.iterations(30))).check(network, Small.DATA, plan, refusals);
      new SparseEvolution(set(List.of(0.3), Span.iterations(40)))
          .check(network, Small.DATA, plan, refusals);
      assertThat(refusals.warnings()).extracting(Warning::key).containsExactly("every", "every");
      Refusals none = new Refusals();
      new Rigl(rigl(List.of(0.3), Span.iterations(29))).check(network, Small.DATA, plan, none);
      new SparseEvolution(set(List.of(0.3), Span.iterations(39)))
          .check(network, Small.DATA, plan, none);
      assertThat(none.warnings()).isEmpty();
    }
  }
}
