// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.LocalTrial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class GatesTest {

  private static final Seed SEED = new Seed(1, 0);
  private static final Data DATA = TinyProblem.data(200, 50, 100);
  private static final int N = 18;

  /** Gates of which some are 0 and some are 1. */
  private static final float[] LAMBDA = {
    0.5f, 0, 1, 0.25f, 1, 0, 0, 0.125f, 0.75f, 1, 1, 0.3f, 0, 0.9f, 0.1f, 1, 0.6f, 0
  };

  private static State drawn(Network network) {
    State drawn = network.initial(SEED.stream("init", 0));
    // Biases and betas of 0 would hide what a gate does to them.
    Map<String, Tensor> others = new LinkedHashMap<>();
    RandomStream random = SEED.stream("others", 0);
    for (String name : List.of("bn1.beta", "bn2.beta", "fc.bias", "bn1.runningMean")) {
      float[] values = new float[drawn.get(name).size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      others.put(name, Tensor.of(drawn.get(name).shape(), values));
    }
    return drawn.with(State.of(others));
  }

  private static State gates(float... values) {
    return State.of(Map.of(Gates.GATES, Tensor.of(new Shape(values.length), values)));
  }

  /** What the network sees, found on a device and copied from it. */
  private static State forward(Network network, State start, Gates gates, float... lambda) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Parametrization.OnDevice live = gates.on(network, start, manager);
      Map<String, Tensor> effective = new LinkedHashMap<>();
      live.forward(Map.of(Gates.GATES, gates(lambda).get(Gates.GATES).on(manager)))
          .forEach((name, array) -> effective.put(name, Tensor.of(array)));
      return State.of(effective);
    }
  }

  /** The gradient that is handed to the optimizer, for given gradients of what the network sees. */
  private static float[] pullback(Network network, Gates gates, State gradients, float... lambda) {
    List<float[]> updates = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Map<String, NDArray> g = new LinkedHashMap<>();
      gradients.tensors().forEach((name, tensor) -> g.put(name, tensor.on(manager)));
      gates
          .on(network, State.EMPTY, manager)
          .pullback(
              Map.of(Gates.GATES, gates(lambda).get(Gates.GATES).on(manager)),
              g,
              (name, gradient) -> {
                assertThat(name).isEqualTo(Gates.GATES);
                updates.add(gradient.toFloatArray());
              });
    }
    assertThat(updates).hasSize(1);
    return updates.get(0);
  }

  private static State like(State state, float value) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = value * (1 + i % 5);
              }
              tensors.put(name, Tensor.of(tensor.shape(), values));
            });
    return State.of(tensors);
  }

  @Nested
  class KeepsTheContract extends ParametrizationContract {
    @Override
    protected Network network() {
      return Tiny.network();
    }

    @Override
    protected Parametrization parametrization(Network network, State start) {
      return Gates.of(network, start, 0.2, 0.5);
    }

    @Override
    protected double penalty(Network network, Map<String, double[]> variables) {
      double mean =
          Arrays.stream(variables.get(Gates.GATES)).map(Math::abs).average().orElseThrow();
      return 0.5 * (mean - 0.2) * (mean - 0.2);
    }
  }

  @Test
  void theEffectiveParametersAreThoseBehindAGateAndNoOthers() {
    try (Network network = Tiny.network()) {
      State start = drawn(network);
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      assertThat(gates.ungated().names())
          .containsExactly(
              "bn1.gamma", "bn1.beta", "bn2.gamma", "bn2.beta", "fc.weight", "fc.bias");
      State first = gates.variables(network, start);
      assertThat(first.get(Gates.GATES).shape()).isEqualTo(new Shape(N));
      float[] ones = new float[N];
      first.get(Gates.GATES).values().get(ones);
      assertThat(ones).containsOnly(1);
      assertThat(forward(network, start, gates, ones)).isEqualTo(gates.ungated());
    }
  }

  @Test
  void aGateMultipliesTheEntriesOfItsChannel() {
    try (Network network = Tiny.network()) {
      State start = drawn(network);
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      State effective = forward(network, start, gates, LAMBDA);
      int first = 0;
      for (Group group : network.groups()) {
        for (String name : group.gated()) {
          Tensor p = start.get(name);
          int row = p.size() / group.size();
          for (int i = 0; i < p.size(); i++) {
            assertThat(effective.get(name).get(i)).isEqualTo(LAMBDA[first + i / row] * p.get(i));
          }
        }
        first += group.size();
      }
    }
  }

  @Test
  void thePenaltyPushesEveryPositiveGateAlikeAndNoneThatIsZero() {
    try (Network network = Tiny.network()) {
      double mean = 0;
      for (float gate : LAMBDA) {
        mean += gate / (double) N;
      }
      for (double r : new double[] {0.2, 0.9}) { // above and below what is aimed at
        Gates gates = Gates.of(network, drawn(network), r, 0.5);
        float[] gradient = pullback(network, gates, like(gates.ungated(), 0), LAMBDA);
        float push = gradient[0];
        assertThat((double) push).isCloseTo(2 * 0.5 * (mean - r) / N, within(1e-8));
        for (int i = 0; i < N; i++) {
          assertThat(gradient[i]).isEqualTo(LAMBDA[i] > 0 ? push : 0);
        }
      }
    }
  }

  @Test
  void projectionClampsExactlyAndLeavesTheOthersAlone() {
    float[] before = new float[N];
    float[] after = new float[N];
    float[][] cases = {
      {-0.7f, 0},
      {-1e-30f, 0},
      {-0f, 0},
      {0, 0},
      {1e-30f, 1e-30f},
      {0.3f, 0.3f},
      {1, 1},
      {Math.nextUp(1f), 1},
      {Math.nextDown(1f), Math.nextDown(1f)},
      {1.7f, 1},
      {1.1f, 1},
      {97.3f, 1}
    };
    for (int i = 0; i < cases.length; i++) {
      before[i] = cases[i][0];
      after[i] = cases[i][1];
    }
    try (Network network = Tiny.network();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      State start = drawn(network);
      Parametrization.OnDevice live =
          Gates.of(network, start, 0.2, 0.5).on(network, start, manager);
      NDArray gates = manager.create(before);
      live.project(Map.of(Gates.GATES, gates));
      assertThat(gates.toFloatArray()).isEqualTo(after);
    }
  }

  private static LocalTrial trial(Network network, double rate, Span length) {
    return new LocalTrial(network, DATA, Tiny.training(new Adam(rate), length), SEED);
  }

  @Test
  void gatesStayFromZeroToOneAndWeightsStayBitForBitWhileRunningStatisticsMove() {
    try (Network network = Tiny.network();
        LocalTrial trial = trial(network, 0.1, Span.iterations(60))) {
      State start = trial.initial();
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      Trained trained = Trained.begin(network, start, gates, 0);
      int closed = 0;
      for (int i = 0; i < 60; i++) {
        trained = trial.train(trained, gates, trial.plan().from(i).until(i + 1));
        assertThat(trained.variables().names()).containsExactly(Gates.GATES);
        Tensor lambda = trained.variables().get(Gates.GATES);
        float[] values = new float[N];
        lambda.values().get(values);
        for (float gate : values) {
          assertThat(gate).isBetween(0f, 1f);
          closed += gate == 0 ? 1 : 0;
        }
        State seen = forward(network, start, gates, values);
        for (String name : network.parameters().keySet()) {
          if (network.trains(name)) {
            State expected = seen.names().contains(name) ? seen : start;
            assertThat(trained.state().get(name)).isEqualTo(expected.get(name));
          } else {
            assertThat(trained.state().get(name)).isNotEqualTo(start.get(name));
          }
        }
      }
      assertThat(closed).isPositive();
      assertThat(gates).isEqualTo(Gates.of(network, start, 0.2, 0.5));
    }
  }

  @Test
  void aNetworkWithGatesAtZeroSaysWhatTheNarrowOneSays() {
    try (Network network = Tiny.network()) {
      State start = drawn(network);
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      State gated = start.with(forward(network, start, gates, LAMBDA));
      int[] first = {0};
      Channels channels =
          Channels.of(
              network.groups(),
              group -> {
                BitSet open = new BitSet();
                for (int c = 0; c < group.size(); c++) {
                  open.set(c, LAMBDA[first[0] + c] != 0);
                }
                first[0] += group.size();
                return open;
              });
      try (Network narrow = network.resized(channels.widths())) {
        assertThat(narrow.groups()).extracting(Group::size).containsExactly(3, 4, 6);
        float[] wide = TinyProblem.outputs(network, gated);
        assertThat(TinyProblem.outputs(narrow, channels.narrow(gated)))
            .containsExactly(wide, within(1e-5f));
        assertThat(TinyProblem.outputs(network, start)).isNotEqualTo(wide);
      }
    }
  }

  @Test
  void resumedIsUninterruptedBitForBit() {
    try (Network network = Tiny.network();
        LocalTrial trial = trial(network, 0.1, Span.epochs(6))) {
      State start = drawn(network);
      Plan plan = trial.plan();
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      BestGates best = new BestGates(0.9);
      Trained begin = Trained.begin(network, start, gates, 0);
      Trained whole = trial.train(begin, gates, plan, best);
      Trained sofar = trial.train(begin, gates, plan.until(5), best);
      sofar = trial.train(sofar, gates, plan.from(5).until(29), best);
      assertThat(trial.train(sofar, gates, plan.from(29), best)).isEqualTo(whole);
      assertThat(whole.memory(BestGates.Memory.class).orElseThrow().choice()).isPresent();
      assertThat(BestGates.open(whole.variables().get(Gates.GATES))).isLessThan(1);
    }
  }

  @Test
  void manyStepsHoldNoMoreThanFew() {
    Training training = Tiny.training(new Adam(0.01), Span.iterations(320));
    int before = LiveArrays.count();
    try (Network network = Tiny.network();
        TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu())) {
      int data = engine.managedArrays();
      State start = drawn(network);
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      List<Integer> alive = new ArrayList<>();
      TrainingListener counter =
          new TrainingListener() {
            @Override
            public boolean step(long iteration) {
              if (iteration % 80 == 0) { // whole epochs: no loss waits to be read
                alive.add(LiveArrays.count());
              }
              return false;
            }
          };
      Plan plan = Plan.of(training, DATA.train().size());
      engine.train(SEED, Trained.begin(network, start, gates, 0), gates, plan, counter);
      assertThat(alive).hasSize(4).containsOnly(alive.get(0));
      assertThat(engine.managedArrays()).isEqualTo(data);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }
}
