// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.History;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.DecayExemption;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The network has variables of 2, 2, 3, 5, 5, 15, 18 and 40 elements. Chunks of 1024 elements join
 * all of them, chunks of 16 cut the largest.
 */
class FlatVariablesTest {

  private static final Seed SEED = new Seed(7, 0);
  private static final int JOINED = 1024;
  private static final int CUT = 16;
  private static final String LARGE = "fc.weight";

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final Network network = TinyProblem.convolutional();
  private final State start =
      Parametrization.dense().variables(network, network.initial(SEED.stream("init", 0)));

  @AfterEach
  void close() {
    manager.close();
    network.close();
  }

  static List<Optimizer> optimizers() {
    List<DecayExemption> both = List.of(DecayExemption.BIAS, DecayExemption.BATCH_NORM);
    return List.of(
        new Sgd(0.1),
        new Sgd(0.1, 0.9, false, 0, List.of()),
        new Sgd(0.1, 0.9, true, 1e-2, both),
        new Adam(0.01),
        new Adam(0.01, 0.9, 0.999, 1e-8, 0.1, List.of(DecayExemption.BIAS)),
        new AdamW(0.01, 0.9, 0.999, 1e-8, 0.1, both));
  }

  static Stream<Arguments> optimizersAndChunks() {
    return optimizers().stream()
        .flatMap(each -> Stream.of(1, CUT, 64, JOINED).map(largest -> Arguments.of(each, largest)));
  }

  @ParameterizedTest
  @MethodSource("optimizersAndChunks")
  void chunksHaveTheBitsOfSeparateUpdates(Optimizer optimizer, int largest) {
    Parametrization parametrization = new Partly(Set.of("out.weight"), Optional.empty());
    FlatVariables flat = flat(parametrization, optimizer, begin(start), largest);
    Separate separate = new Separate(parametrization, optimizer);
    for (int i = 0; i < 4; i++) {
      step(flat, i, Set.of());
      separate.step(i, Set.of());
    }
    assertThat(values(flat)).isEqualTo(separate.values()).isNotEqualTo(start);
    assertThat(flat.moments()).isEqualTo(separate.moments());
  }

  @ParameterizedTest
  @MethodSource("optimizersAndChunks")
  void aVariableWithoutAGradientKeepsItsValueAndMomentsAndOthersAreUpdated(
      Optimizer optimizer, int largest) {
    FlatVariables flat = flat(Parametrization.dense(), optimizer, begin(start), largest);
    Separate separate = new Separate(Parametrization.dense(), optimizer);
    List<Set<String>> without = List.of(Set.of(), Set.of(LARGE, "bn.beta"), Set.of("conv.weight"));
    for (int i = 0; i < without.size(); i++) {
      State before = values(flat);
      step(flat, i, without.get(i));
      separate.step(i, without.get(i));
      for (String name : start.names()) {
        assertThat(values(flat).get(name).equals(before.get(name)))
            .as(name)
            .isEqualTo(without.get(i).contains(name));
      }
    }
    assertThat(values(flat)).isEqualTo(separate.values());
    assertThat(flat.moments()).isEqualTo(separate.moments());
  }

  @ParameterizedTest
  @MethodSource("optimizersAndChunks")
  void aTrainingResumesBitForBitAlsoWithOtherChunks(Optimizer optimizer, int largest) {
    Parametrization dense = Parametrization.dense();
    FlatVariables whole = flat(dense, optimizer, begin(start), largest);
    FlatVariables first = flat(dense, optimizer, begin(start), largest);
    for (int i = 0; i < 5; i++) {
      step(whole, i, Set.of());
    }
    for (int i = 0; i < 2; i++) {
      step(first, i, Set.of());
    }
    Trained half = at(2, values(first), first.moments());
    for (int other : new int[] {largest, JOINED, CUT}) {
      FlatVariables second = flat(dense, optimizer, half, other);
      assertThat(second.moments()).isEqualTo(first.moments());
      for (int i = 2; i < 5; i++) {
        step(second, i, Set.of());
      }
      assertThat(values(second)).isEqualTo(values(whole));
      assertThat(second.moments()).isEqualTo(whole.moments());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, CUT, 64, JOINED})
  void masksAreAppliedAtTheStartAndAfterEachStep(int largest) {
    Mask mask = everyThird("conv.weight");
    Parametrization masked = new Partly(Set.of(), Optional.of(mask));
    Optimizer sgd = new Sgd(0.1, 0.9, true, 1e-2, List.of());
    FlatVariables flat = flat(masked, sgd, begin(start), largest);
    FlatVariables dense = flat(Parametrization.dense(), sgd, begin(start), largest);
    assertThat(values(flat)).isEqualTo(mask.apply(start)).isNotEqualTo(start);
    for (int i = 0; i < 3; i++) {
      step(flat, i, Set.of());
      step(dense, i, Set.of());
      assertThat(values(flat)).isEqualTo(mask.apply(values(dense)));
    }
    assertThat(values(flat).get("conv.weight")).isEqualTo(values(dense).get("conv.weight"));
  }

  @ParameterizedTest
  @ValueSource(ints = {CUT, JOINED})
  void theMaskOfALayerThatIsNotTrainedHasNoEffect(int largest) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(start.tensors());
    tensors.remove(LARGE);
    Mask mask = everyThird("conv.weight");
    FlatVariables flat =
        flat(
            new Partly(Set.of(), Optional.of(mask)),
            new Sgd(0.1),
            begin(State.of(tensors)),
            largest);
    assertThat(flat.arrays()).doesNotContainKey(LARGE);
    assertThat(values(flat).get("out.weight")).isEqualTo(mask.apply(start).get("out.weight"));
  }

  @Test
  void smallVariablesOfEqualTreatmentAreOneChunkAtMultiplesOf64Bytes() {
    Recording adam = new Recording(new Adam(0.1));
    FlatVariables flat = flat(Parametrization.dense(), adam, begin(distinct()), JOINED);
    assertThat(adam.chunks).hasSize(1);
    step(flat, 0, Set.of());
    float[] chunk = adam.chunks.get(0).toFloatArray();
    boolean[] isUsed = new boolean[chunk.length];
    for (NDArray array : flat.arrays().values()) {
      float[] each = array.toFloatArray();
      int at = 0;
      while (chunk[at] != each[0]) {
        at++;
      }
      assertThat(at % 16).isZero();
      for (int i = 0; i < each.length; i++) {
        assertThat(chunk[at + i]).isEqualTo(each[i]);
        isUsed[at + i] = true;
      }
    }
    int padding = 0;
    for (int i = 0; i < chunk.length; i++) {
      if (!isUsed[i]) {
        padding++;
        assertThat(chunk[i]).isZero();
      }
    }
    assertThat(padding).isPositive();
  }

  @Test
  void aLargeVariableIsCutAndOneAboveAQuarterOfAChunkIsNotJoined() {
    Recording sgd = new Recording(new Sgd(0.1));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map.of("a", 2, "b", 4, "c", 5, "d", 16, "e", 40, "f", 4)
        .forEach((name, size) -> tensors.put(name, Tensor.of(new Shape(size), new float[size])));
    flat(Parametrization.dense(), sgd, begin(State.of(tensors)), CUT);
    // c and d are alone; e has three parts; a, b and f have room for one each at 64 bytes
    assertThat(sgd.chunks.stream().map(NDArray::size))
        .containsExactlyInAnyOrder(2L, 4L, 4L, 5L, 16L, 16L, 16L, 8L);
  }

  @Test
  void undecayedVariablesHaveTheirOwnChunk() {
    Recording sgd = new Recording(new Sgd(0.1, 0, false, 0.1, List.of(DecayExemption.BIAS)));
    flat(Parametrization.dense(), sgd, begin(start), JOINED);
    assertThat(sgd.chunks).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {CUT, JOINED})
  void momentsAreNamedByMomentAndVariable(int largest) {
    FlatVariables sgd =
        flat(Parametrization.dense(), new Sgd(1, 0.9, false, 0, List.of()), begin(start), largest);
    FlatVariables adam = flat(Parametrization.dense(), new Adam(1), begin(start), largest);
    step(sgd, 0, Set.of());
    step(adam, 0, Set.of());
    List<String> velocity = start.names().stream().map(name -> "velocity/" + name).toList();
    assertThat(sgd.moments().names()).containsExactlyInAnyOrderElementsOf(velocity);
    List<String> names = new ArrayList<>(List.of("step"));
    start.names().forEach(name -> names.add("first-moment/" + name));
    start.names().forEach(name -> names.add("second-moment/" + name));
    assertThat(adam.moments().names()).containsExactlyInAnyOrderElementsOf(names);
    assertThat(adam.moments().get("step").get(0)).isEqualTo(1);
    assertThat(adam.moments().get("first-moment/fc.weight").shape())
        .isEqualTo(start.get(LARGE).shape());
  }

  @ParameterizedTest
  @ValueSource(ints = {CUT, JOINED})
  void aStepLeavesNoArrays(int largest) {
    Parametrization masked = new Partly(Set.of(), Optional.of(everyThird("conv.weight")));
    int before = LiveArrays.count();
    try (NDManager own = NDManager.newBaseManager(Device.cpu())) {
      FlatVariables flat =
          new FlatVariables(
              network,
              masked,
              new AdamW(0.01, 0.9, 0.999, 1e-8, 0.1, List.of(DecayExemption.BIAS)),
              begin(start),
              own,
              largest);
      step(flat, 0, Set.of()); // creates numbers on the device
      step(flat, 1, Set.of(LARGE, "bn.beta"));
      int after = LiveArrays.count();
      for (int i = 2; i < 6; i++) {
        step(flat, i, i % 2 == 0 ? Set.of() : Set.of(LARGE, "bn.beta"));
      }
      assertThat(LiveArrays.count()).isEqualTo(after);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void noVariablesNeedNoUpdates() {
    FlatVariables flat =
        flat(new Partly(Set.of(), Optional.of(everyThird(""))), new Adam(1), begin(State.EMPTY), 8);
    flat.step(0.1, update -> {});
    assertThat(flat.arrays()).isEmpty();
    assertThat(flat.moments()).isEqualTo(State.EMPTY);
  }

  @Test
  void oneScalarIsAChunk() {
    State scalar = State.of(Map.of("temperature", Tensor.of(new Shape(), 2)));
    FlatVariables flat = flat(Parametrization.dense(), new Sgd(1), begin(scalar), JOINED);
    flat.step(0.5, update -> update.accept("temperature", manager.create(3f)));
    assertThat(values(flat).get("temperature")).isEqualTo(Tensor.of(new Shape(), 0.5f));
  }

  @ParameterizedTest
  @ValueSource(ints = {CUT, JOINED})
  void aNumberThatIsNotFiniteStaysInItsElement(int largest) {
    float[] values = {0, 1, 2};
    State two =
        State.of(
            Map.of("a", Tensor.of(new Shape(3), values), "b", Tensor.of(new Shape(3), values)));
    FlatVariables flat = flat(Parametrization.dense(), new Sgd(1), begin(two), largest);
    flat.step(
        1,
        update -> {
          update.accept("a", manager.create(new float[] {0, Float.NaN, 1}));
          update.accept("b", manager.create(new float[] {0, 1, Float.POSITIVE_INFINITY}));
        });
    assertThat(flat.arrays().get("a").toFloatArray()).containsExactly(0, Float.NaN, 1);
    assertThat(flat.arrays().get("b").toFloatArray())
        .containsExactly(0, 0, Float.NEGATIVE_INFINITY);
  }

  private FlatVariables flat(
      Parametrization parametrization, Optimizer optimizer, Trained from, int largest) {
    return new FlatVariables(network, parametrization, optimizer, from, manager, largest);
  }

  private static Trained begin(State variables) {
    return at(0, variables, State.EMPTY);
  }

  private static Trained at(long iteration, State variables, State moments) {
    return new Trained(
        iteration, variables, variables, moments, Trained.Running.NONE, History.EMPTY);
  }

  /** Updates all variables but some, the last one first. */
  private void step(FlatVariables flat, int i, Set<String> without) {
    List<String> names = new ArrayList<>(flat.arrays().keySet());
    try (NDManager its = manager.newSubManager()) {
      flat.step(
          rate(i),
          update -> {
            for (int at = names.size() - 1; at >= 0; at--) {
              String name = names.get(at);
              if (!without.contains(name)) {
                update.accept(name, gradient(name, flat.arrays().get(name).getShape(), i, its));
              }
            }
          });
    }
  }

  private static double rate(int i) {
    return 0.1 / (i + 1);
  }

  private static NDArray gradient(String name, Shape shape, int i, NDManager owner) {
    RandomStream random = SEED.stream("gradient-" + name, i);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int e = 0; e < values.length; e++) {
      values[e] = (float) random.nextGaussian();
    }
    return owner.create(values, shape);
  }

  private static State values(FlatVariables flat) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    flat.arrays().forEach((name, array) -> tensors.put(name, Tensor.of(array)));
    return State.of(tensors);
  }

  /** Values by which a variable is found in a chunk. */
  private State distinct() {
    RandomStream random = SEED.stream("distinct", 0);
    return start.map(w -> 1 + random.nextDouble());
  }

  private Mask everyThird(String whole) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i++) {
            bits.set(i, i % 3 == 0 || layer.name().equals(whole));
          }
          return bits;
        });
  }

  /** Trains each variable; decays not all of them, and may have a mask. */
  private record Partly(Set<String> undecayed, Optional<Mask> projectionMask)
      implements Parametrization {

    @Override
    public State variables(Network network, State start) {
      return Parametrization.dense().variables(network, start);
    }

    @Override
    public boolean isDecayed(String variable) {
      return !undecayed.contains(variable);
    }

    @Override
    public OnDevice on(Network network, State state, NDManager manager) {
      return Parametrization.dense().on(network, state, manager);
    }
  }

  /** Updates each variable as an array by itself. */
  private final class Separate {

    private final Map<String, NDArray> arrays = new LinkedHashMap<>();
    private final Map<String, Moments> moments = new LinkedHashMap<>();
    private final Map<String, Optimizer.Updater> updaters = new LinkedHashMap<>();

    Separate(Parametrization parametrization, Optimizer optimizer) {
      start
          .tensors()
          .forEach(
              (name, tensor) -> {
                NDArray w = tensor.on(manager).reshape(tensor.size());
                boolean isDecayed =
                    parametrization.isDecayed(name) && optimizer.isDecayed(network, name);
                arrays.put(name, w);
                moments.put(name, new Moments(w));
                Optimizer rule = isDecayed ? optimizer : optimizer.withoutWeightDecay();
                updaters.put(name, rule.on(w, moments.get(name)));
              });
    }

    void step(int i, Set<String> without) {
      for (String name : start.names()) {
        moments.get(name).count();
        if (!without.contains(name)) {
          NDArray g = gradient(name, arrays.get(name).getShape(), i, manager);
          updaters.get(name).step(g, rate(i));
        }
      }
    }

    State values() {
      return start.map((name, tensor) -> tensor(name, arrays.get(name)));
    }

    State moments() {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      moments.forEach(
          (name, its) -> {
            its.arrays().forEach((m, array) -> tensors.put(m + "/" + name, tensor(name, array)));
            if (its.isCounted()) {
              tensors.put("step", Tensor.of(new Shape(1), (float) its.steps()));
            }
          });
      return State.of(tensors);
    }

    private Tensor tensor(String name, NDArray array) {
      return Tensor.of(start.get(name).shape(), array.toFloatArray());
    }
  }

  /** Keeps the arrays that the engine updates by a rule. */
  private static final class Recording implements Optimizer {

    private final Optimizer rule;
    private final List<NDArray> chunks;

    Recording(Optimizer rule) {
      this(rule, new ArrayList<>());
    }

    private Recording(Optimizer rule, List<NDArray> chunks) {
      this.rule = rule;
      this.chunks = chunks;
    }

    @Override
    public double learningRate() {
      return rule.learningRate();
    }

    @Override
    public boolean isDecayed(Network network, String variable) {
      return rule.isDecayed(network, variable);
    }

    @Override
    public Optimizer withoutWeightDecay() {
      return new Recording(rule.withoutWeightDecay(), chunks);
    }

    @Override
    public Updater on(NDArray w, Moments moments) {
      chunks.add(w);
      return rule.on(w, moments);
    }
  }
}
