// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Sgd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The reference: the paper's recursion of all K scores of a connection, each with its own gradient
 * dL/dw_eff * W_k and its own momentum. {@link Slots} trains a and Z in its place.
 */
class SlotRecursionTest {

  private static final int STEPS = 1_000;
  private static final double RATE = 0.2;
  private static final double MOMENTUM = 0.9;
  private static final double DECAY = 1e-4;
  private static final Seed SEED = new Seed(5, 0);

  /** A falling rate. */
  private static double rate(int step) {
    return RATE * (1 + Math.cos(Math.PI * step / STEPS)) / 2;
  }

  /** A gradient that depends on the selected value, with noise: a descent to a target. */
  private static double gradient(double w, double target, Random noise) {
    return 0.05 * (w - target) + 0.02 * noise.nextGaussian();
  }

  private static double[] step(double x, double v, double g, double rate, boolean nesterov) {
    double decayed = g + DECAY * x;
    double velocity = MOMENTUM * v + decayed;
    double direction = nesterov ? decayed + MOMENTUM * velocity : velocity;
    return new double[] {x - rate * direction, velocity};
  }

  @ParameterizedTest
  @CsvSource({"2, false", "8, false", "8, true", "64, false", "64, true"})
  void inFloat64EverySelectionOfAThousandStepsIsThatOfTheKScores(int k, boolean nesterov) {
    Random random = new Random(k);
    int changes = 0;
    for (int connection = 0; connection < 40; connection++) {
      double[] w = random.doubles(k, -1, 1).toArray();
      double[] first = random.doubles(k, 0, 1).toArray();
      double[][] scores = new double[k][];
      for (int slot = 0; slot < k; slot++) {
        scores[slot] = new double[] {first[slot], 0};
      }
      double[] z = {0, 0};
      double[] a = {1, 0};
      double target = random.nextDouble() * 2 - 1;
      int last = -1;
      for (int i = 0; i < STEPS; i++) {
        int expected = 0;
        int found = 0;
        for (int slot = 1; slot < k; slot++) {
          expected = scores[slot][0] > scores[expected][0] ? slot : expected;
          double here = a[0] * first[slot] + w[slot] * z[0];
          found = here > a[0] * first[found] + w[found] * z[0] ? slot : found;
          assertThat(here).isCloseTo(scores[slot][0], within(1e-12));
        }
        assertThat(found).isEqualTo(expected);
        changes += last >= 0 && last != expected ? 1 : 0;
        last = expected;
        double g = gradient(w[expected], target, random);
        for (int slot = 0; slot < k; slot++) {
          double[] s = scores[slot];
          scores[slot] = step(s[0], s[1], g * w[slot], rate(i), nesterov);
        }
        z = step(z[0], z[1], g, rate(i), nesterov);
        a = step(a[0], a[1], 0, rate(i), nesterov);
      }
    }
    assertThat(changes).isGreaterThan(40);
  }

  /** The K scores in float32 on the device, by the engine's own optimizer. */
  private record Reference(List<NDArray> w, List<NDArray> s, List<Optimizer.Updater> updaters) {

    static Reference of(Slots slots, Network network, Layer layer, Sgd sgd, NDManager manager) {
      List<NDArray> w = all(slots.values().of(slots, network, layer), slots.k(), layer, manager);
      List<NDArray> s = all(slots.values().firstScores(slots, layer), slots.k(), layer, manager);
      return new Reference(w, s, s.stream().map(each -> sgd.on(each, new Moments(each))).toList());
    }

    private static List<NDArray> all(SlotValues values, int k, Layer layer, NDManager manager) {
      List<NDArray> arrays = new java.util.ArrayList<>();
      for (int slot = 0; slot < k; slot++) {
        float[] numbers = new float[layer.size()];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = values.get(i, slot);
        }
        arrays.add(manager.create(numbers, layer.shape()));
      }
      return arrays;
    }

    /** Returns the value of the highest score of each connection, and the lead of that score. */
    float[][] selected() {
      int n = Math.toIntExact(w.get(0).size());
      float[] chosen = new float[n];
      float[] highest = new float[n];
      float[] lead = new float[n];
      java.util.Arrays.fill(highest, Float.NEGATIVE_INFINITY);
      for (int slot = 0; slot < w.size(); slot++) {
        float[] scores = s.get(slot).toFloatArray();
        float[] values = w.get(slot).toFloatArray();
        for (int i = 0; i < n; i++) {
          if (scores[i] > highest[i]) {
            lead[i] = scores[i] - highest[i];
            highest[i] = scores[i];
            chosen[i] = values[i];
          } else {
            lead[i] = Math.min(lead[i], highest[i] - scores[i]);
          }
        }
      }
      return new float[][] {chosen, lead};
    }

    void step(NDArray gradient, double rate) {
      for (int slot = 0; slot < w.size(); slot++) {
        updaters.get(slot).step(gradient.mul(w.get(slot)), rate);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8, PER_CONNECTION, false",
    "64, PER_CONNECTION, true",
    "8, PER_LAYER, false",
    "8, NETWORK, false"
  })
  void inFloat32ASelectionDiffersFromTheKScoresAtNearTiesOnly(
      int k, Values values, boolean nesterov) {
    Sgd sgd = new Sgd(RATE, MOMENTUM, nesterov, DECAY, List.of());
    Slots slots = new Slots(k, Selection.GREEDY, values, Sigma.GLOROT_UNIFORM, 1, 1, SEED);
    int steps = 300;
    int compared = 0;
    int different = 0;
    int changed = 0;
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager()) {
      Layer layer = network.layers().get(0);
      State start = network.initial(SEED.stream("init", 0));
      Map<String, NDArray> variables = new HashMap<>();
      slots
          .variables(network, start)
          .tensors()
          .forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Parametrization.OnDevice slotsOnDevice = slots.on(network, start, manager);
      Map<String, Optimizer.Updater> updaters = new HashMap<>();
      variables.forEach((name, array) -> updaters.put(name, sgd.on(array, new Moments(array))));
      Reference reference = Reference.of(slots, network, layer, sgd, manager);
      Random random = new Random(k);
      float[] before = null;
      for (int i = 0; i < steps; i++) {
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          Map<String, NDArray> effective = slotsOnDevice.forward(variables);
          float[] found = effective.get(layer.name()).toFloatArray();
          float[][] expected = reference.selected();
          float[] gradient = new float[found.length];
          for (int c = 0; c < found.length; c++) {
            compared++;
            changed += before != null && before[c] != found[c] ? 1 : 0;
            if (found[c] != expected[0][c]) {
              different++;
              assertThat(expected[1][c]).isLessThan(1e-5f);
            }
            double target = c % 7 < 3 ? -0.3 : 0.3;
            gradient[c] = (float) gradient(expected[0][c], target, random);
          }
          before = found;
          NDArray g = Tensor.of(layer.shape(), gradient).on(manager);
          reference.step(g, rate(i));
          Map<String, NDArray> gradients = new HashMap<>(effective);
          gradients.replaceAll((name, array) -> array.zerosLike());
          gradients.put(layer.name(), g);
          double rate = rate(i);
          slotsOnDevice.pullback(
              variables, gradients, (name, each) -> updaters.get(name).step(each, rate));
        }
      }
    }
    assertThat(changed).isGreaterThan(100);
    assertThat((double) different / compared).isLessThan(1e-3);
  }
}
