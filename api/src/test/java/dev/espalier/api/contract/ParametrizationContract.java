// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rules for every {@link Parametrization}; extend it in a plugin's tests. Gradients are
 * compared in float64, at variables near the first ones: L = sum of c * p_eff + p_eff^2 over all
 * effective parameters p_eff, plus the penalty, with random constants c.
 */
public abstract class ParametrizationContract {

  private static final Seed SEED = new Seed(7, 0);

  /** Constants of a parametrization are float32: 6e-8 of their size is rounded. */
  private static final double TOLERANCE = 1e-6;

  /** L is quadratic in an effective parameter, so the central difference has no other error. */
  private static final double H = 1e-4;

  private static final Training TRAINING =
      new Training(
          new Sgd(0.1, 0.9, false, 1e-4, List.of()),
          new Constant(),
          Span.iterations(0),
          20,
          Span.iterations(12),
          Span.iterations(4));

  private Network network;
  private State start;
  private Parametrization parametrization;
  private NDManager manager;

  /** For subclasses. */
  protected ParametrizationContract() {}

  /**
   * The parametrization under test; equal ones in every call.
   *
   * @param network the network
   * @param start its parameters, none of them 0 except by chance
   * @return the parametrization
   */
  protected abstract Parametrization parametrization(Network network, State start);

  /**
   * Builds a network that has everything the parametrization acts on.
   *
   * @return a small network; the contract closes it
   */
  protected Network network() {
    return TinyProblem.convolutional();
  }

  /**
   * The penalty that the parametrization adds to the loss.
   *
   * @param network the network
   * @param variables the variables by name
   * @return the penalty in double; 0 by default
   */
  protected double penalty(Network network, Map<String, double[]> variables) {
    return 0;
  }

  /** A documented pullback, in closed form. */
  @FunctionalInterface
  public interface Pullback {

    /**
     * The gradient of one variable.
     *
     * @param variable its name
     * @param variables the variables by name
     * @param gradients the gradients of the effective parameters by name
     * @return the gradient, without a penalty's
     */
    double[] gradient(
        String variable, Map<String, double[]> variables, Map<String, double[]> gradients);
  }

  /**
   * The pullback of a forward that has no useful derivative, such as a selection. The contract
   * compares with it in place of autograd and finite differences.
   *
   * @param network the network
   * @param start its parameters
   * @return the pullback that the Javadoc states; empty where it is the true gradient
   */
  protected Optional<Pullback> straightThrough(Network network, State start) {
    return Optional.empty();
  }

  @BeforeEach
  void drawAllParametersOfASmallNetwork() {
    network = network();
    State drawn = network.initial(SEED.stream("init", 0));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    drawn
        .tensors()
        .forEach(
            (name, tensor) ->
                tensors.put(name, network.trains(name) ? moved(name, tensor) : tensor));
    start = State.of(tensors);
    parametrization = parametrization(network, start);
    manager = NDManager.newBaseManager(Device.cpu());
  }

  @AfterEach
  void close() {
    manager.close();
    network.close();
  }

  @Test
  void isAValueThatGivesTheSameVariablesEachTime() {
    Parametrization equal = parametrization(network, start);
    assertThat(equal)
        .isInstanceOf(Record.class)
        .isEqualTo(parametrization)
        .hasSameHashCodeAs(parametrization);
    State variables = parametrization.variables(network, start);
    assertThat(variables.tensors()).isNotEmpty();
    assertThat(parametrization.variables(network, start)).isEqualTo(variables);
    assertThat(equal.variables(network, start)).isEqualTo(variables);
  }

  @Test
  void forwardGivesTheSameParametersInTheirShapesEachTime() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT32);
    Map<String, NDArray> effective = onDevice.forward(variables);
    assertThat(network.parameters().keySet()).containsAll(effective.keySet());
    effective.forEach(
        (name, array) -> {
          assertThat(array.getShape()).as(name).isEqualTo(parameter(name));
          assertThat(array.getDataType()).as(name).isEqualTo(DataType.FLOAT32);
        });
    Map<String, NDArray> again = onDevice.forward(variables);
    assertThat(again.keySet()).isEqualTo(effective.keySet());
    assertThat(doubles(again)).usingRecursiveComparison().isEqualTo(doubles(effective));
    Map<String, NDArray> first = new LinkedHashMap<>();
    parametrization
        .variables(network, start)
        .tensors()
        .forEach((name, tensor) -> first.put(name, tensor.on(manager)));
    assertThat(onDevice.forward(first).keySet()).isEqualTo(effective.keySet());
  }

  @Test
  void samplesTheSameParametersAgainWithTheSameRandomness() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT32);
    Map<String, double[]> sample = doubles(onDevice.sample(variables, SEED.stream("sample", 0)));
    assertThat(sample.keySet()).isEqualTo(onDevice.forward(variables).keySet());
    sample.forEach(
        (name, values) -> assertThat((long) values.length).isEqualTo(parameter(name).size()));
    assertThat(doubles(onDevice.sample(variables, SEED.stream("sample", 0))))
        .usingRecursiveComparison()
        .isEqualTo(sample);
  }

  @Test
  void pullbackHandsOverOneGradientOfItsShapeForEveryVariable() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT32);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    variables.forEach((name, array) -> shapes.put(name, array.getShape()));
    Map<String, Shape> found = new LinkedHashMap<>();
    onDevice.pullback(
        variables,
        gradients(onDevice.forward(variables)),
        (name, gradient) ->
            assertThat(found.put(name, gradient.getShape())).as("second %s", name).isNull());
    assertThat(found).containsExactlyInAnyOrderEntriesOf(shapes);
  }

  @Test
  void pullbackIsAutogradsGradientOrTheDocumentedOne() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, double[]> expected = new LinkedHashMap<>();
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT64);
    Map<String, double[]> values = doubles(variables);
    Optional<Pullback> documented = straightThrough(network, start);
    if (documented.isPresent()) {
      Map<String, double[]> g = doubles(gradients(onDevice.forward(variables)));
      values
          .keySet()
          .forEach(name -> expected.put(name, documented.get().gradient(name, values, g)));
    } else {
      variables.values().forEach(array -> array.setRequiresGradient(true));
      try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
        collector.backward(objective(onDevice.forward(variables)));
      }
      variables.forEach((name, array) -> expected.put(name, array.getGradient().toDoubleArray()));
    }
    Map<String, double[]> found = pullback(onDevice);
    expected.forEach(
        (name, gradient) -> {
          for (int i = 0; i < gradient.length; i++) {
            double penalty = slope(values, name, i, () -> penalty(network, values));
            assertThat(found.get(name)[i])
                .as("%s[%d]", name, i)
                .isCloseTo(gradient[i] + penalty, within(TOLERANCE));
          }
        });
  }

  @Test
  void pullbackIsTheFiniteDifferenceOfTheObjectiveWhereItHasADerivative() {
    assumeTrue(straightThrough(network, start).isEmpty(), "compared with the documented pullback");
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, double[]> values = doubles(variables(onDevice, DataType.FLOAT64));
    Map<String, double[]> found = pullback(onDevice);
    values.forEach(
        (name, array) -> {
          for (int i = 0; i < array.length; i++) {
            assertThat(found.get(name)[i])
                .as("%s[%d]", name, i)
                .isCloseTo(
                    slope(values, name, i, () -> value(onDevice, values)), within(TOLERANCE));
          }
        });
  }

  /** The optimizer updates each variable in place, and uses the gradient's memory for it. */
  @Test
  void gradientsDoNotDependOnWhatTheOptimizerDoesWithEarlierOnes() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, double[]> expected = pullback(onDevice);
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT64);
    Map<String, double[]> found = new LinkedHashMap<>();
    onDevice.pullback(
        variables,
        gradients(onDevice.forward(variables)),
        (name, gradient) -> {
          found.put(name, gradient.toDoubleArray());
          variables.get(name).muli(Float.NaN);
          gradient.muli(Float.NaN);
        });
    assertThat(found).usingRecursiveComparison().isEqualTo(expected);
  }

  @Test
  void projectIsIdempotent() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT32);
    Map<String, double[]> once = doubles(variables);
    onDevice.project(variables);
    assertThat(doubles(variables)).usingRecursiveComparison().isEqualTo(once);
  }

  @Test
  void weightsThatAreNotAliveAreExactlyZero() {
    Parametrization.OnDevice onDevice = onDevice();
    Map<String, double[]> effective =
        doubles(onDevice.forward(variables(onDevice, DataType.FLOAT32)));
    Mask alive = parametrization.alive(network);
    assertThat(alive.layers()).isEqualTo(network.layers());
    for (Layer layer : network.layers()) {
      for (int i = 0; i < layer.size(); i++) {
        if (!alive.keeps(layer, i)) {
          assertThat(effective.get(layer.name())[i]).as("%s[%d]", layer.name(), i).isZero();
        }
      }
    }
  }

  @Test
  void aStepLeavesNoArraysBehind() {
    int before = LiveArrays.count();
    try (NDManager own = NDManager.newBaseManager(Device.cpu())) {
      Parametrization.OnDevice onDevice = parametrization.on(network, start, own);
      Map<String, NDArray> variables = new LinkedHashMap<>();
      parametrization
          .variables(network, start)
          .tensors()
          .forEach((name, tensor) -> variables.put(name, tensor.on(own)));
      step(onDevice, variables, 0); // may make what later steps use again
      int held = LiveArrays.count();
      for (int i = 1; i < 4; i++) {
        step(onDevice, variables, i);
      }
      assertThat(LiveArrays.count()).isEqualTo(held);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private static void step(
      Parametrization.OnDevice onDevice, Map<String, NDArray> variables, int number) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Map<String, NDArray> gradients = new LinkedHashMap<>();
      onDevice
          .sample(variables, SEED.stream("sample", number))
          .forEach((name, array) -> gradients.put(name, array.duplicate()));
      onDevice.forward(variables);
      onDevice.pullback(variables, gradients, (name, gradient) -> {});
      onDevice.project(variables);
    }
  }

  @Test
  void aTrainingInTwoStretchesGivesTheBitsOfOneAndLeavesNoArraysBehind() {
    int before = LiveArrays.count();
    try (LocalTrial trial = new LocalTrial(network, TinyProblem.data(60, 0, 20), TRAINING, SEED)) {
      Trained whole = trial.train(start, parametrization, trial.plan());
      Trained half = trial.train(start, parametrization, trial.plan().until(5));
      assertThat(whole.variables()).isNotEqualTo(half.variables());
      assertThat(trial.train(half, parametrization, trial.plan().from(5))).isEqualTo(whole);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  void aTrainingOnADeviceIsThatOfTheCpu(DeviceUnderTest under) {
    under.tolerance().trainings("training", train(under.device()), train(Device.cpu()));
  }

  private Trained train(Device device) {
    Data data = TinyProblem.data(60, 0, 20);
    try (LocalTrial trial = new LocalTrial(network, data, TRAINING, SEED, device)) {
      return trial.train(start, parametrization, trial.plan());
    }
  }

  private Parametrization.OnDevice onDevice() {
    return parametrization.on(network, start, manager);
  }

  /** New arrays near the first variables, where the parametrization allows them to be. */
  private Map<String, NDArray> variables(Parametrization.OnDevice onDevice, DataType type) {
    Map<String, NDArray> variables = new LinkedHashMap<>();
    parametrization
        .variables(network, start)
        .tensors()
        .forEach(
            (name, tensor) ->
                variables.put(name, moved(name, tensor).on(manager).toType(type, true)));
    onDevice.project(variables);
    return variables;
  }

  private static Tensor moved(String stream, Tensor tensor) {
    double[] noise = gaussian(stream, tensor.size());
    float[] values = new float[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (tensor.get(i) + noise[i]);
    }
    return Tensor.of(tensor.shape(), values);
  }

  private static double[] gaussian(String stream, int size) {
    RandomStream random = SEED.stream("contract/" + stream, 0);
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = 0.2 * random.nextGaussian();
    }
    return values;
  }

  private Shape parameter(String name) {
    return network.parameters().get(name).getShape();
  }

  /** L without the penalty; of arrays only, because autograd keeps them. */
  private NDArray objective(Map<String, NDArray> effective) {
    NDArray sum = manager.zeros(new Shape(), DataType.FLOAT64);
    for (Map.Entry<String, NDArray> entry : effective.entrySet()) {
      NDArray p = entry.getValue();
      NDArray c =
          manager.create(gaussian("c/" + entry.getKey(), Math.toIntExact(p.size())), p.getShape());
      sum = sum.add(p.mul(c).sum()).add(p.mul(p).sum());
    }
    return sum;
  }

  /** The gradients of L with respect to the effective parameters: c + 2 p_eff. */
  private Map<String, NDArray> gradients(Map<String, NDArray> effective) {
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    effective.forEach(
        (name, array) -> {
          NDArray leaf = array.toType(DataType.FLOAT64, true);
          leaf.setRequiresGradient(true);
          leaves.put(name, leaf);
        });
    try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
      collector.backward(objective(leaves));
    }
    leaves.replaceAll((name, leaf) -> leaf.getGradient());
    return leaves;
  }

  private Map<String, double[]> pullback(Parametrization.OnDevice onDevice) {
    Map<String, NDArray> variables = variables(onDevice, DataType.FLOAT64);
    Map<String, double[]> found = new LinkedHashMap<>();
    onDevice.pullback(
        variables,
        gradients(onDevice.forward(variables)),
        (name, gradient) -> found.put(name, gradient.toDoubleArray()));
    assertThat(found.keySet()).isEqualTo(variables.keySet());
    return found;
  }

  /** L at some variables. */
  private double value(Parametrization.OnDevice onDevice, Map<String, double[]> values) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Map<String, NDArray> variables = new LinkedHashMap<>();
      parametrization
          .variables(network, start)
          .tensors()
          .forEach(
              (name, first) ->
                  variables.put(name, manager.create(values.get(name), first.shape())));
      return objective(onDevice.forward(variables)).getDouble() + penalty(network, values);
    }
  }

  private static double slope(
      Map<String, double[]> values, String name, int i, DoubleSupplier function) {
    double[] array = values.get(name);
    double middle = array[i];
    array[i] = middle + H;
    double up = function.getAsDouble();
    array[i] = middle - H;
    double down = function.getAsDouble();
    array[i] = middle;
    return (up - down) / (2 * H);
  }

  private static Map<String, double[]> doubles(Map<String, NDArray> arrays) {
    Map<String, double[]> doubles = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> doubles.put(name, array.toType(DataType.FLOAT64, true).toDoubleArray()));
    return doubles;
  }
}
