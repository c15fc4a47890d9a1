// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.LastBatch;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Objective;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.PluginFailed;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Runs a network on a few examples of zeros, with parameters of zeros, to refuse one that cannot be
 * trained on a data set. It runs on the CPU, and changes nothing.
 */
final class ForwardCheck {

  private ForwardCheck() {}

  /**
   * Checks that a network runs, and computes the output that the data's objective needs. Then
   * checks that the objective computes a loss of each example.
   */
  static void outputs(Network network, Data data, Refusals refusals) {
    try {
      problem(network, data, forward(network, data, 2, false), 2).ifPresent(refusals::add);
      objective(data);
    } catch (PluginFailed e) {
      throw e;
    } catch (RuntimeException e) { // by a block that does not fit the input, or is not implemented
      refusals.add(
          "",
          network.name() + ", whose forward pass fails " + reason(e),
          allowed(data),
          "Change or replace the block that fails");
    }
  }

  /**
   * Checks that the objective computes a loss for each example, and a value for each metric.
   *
   * @throws PluginFailed if it does not
   */
  private static void objective(Data data) {
    Objective objective = data.objective();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      DeviceExamples one = new DeviceExamples(data.train().take(0, 0), data, manager);
      NDArray targets = one.targets(0, 2);
      NDArray outputs = manager.zeros(new Shape(2).addAll(data.task().output()));
      Shape losses = objective.losses(outputs, targets).getShape();
      List<Double> means = objective.scores(outputs, targets).stream().map(it -> 0.0).toList();
      int values = objective.values(0, means, data.train()).size();
      if (!losses.equals(new Shape(2))) {
        throw new PluginFailed(
            "objective",
            objective,
            new Refusal("losses", "shape " + losses + " for 2 examples", "shape (2)"));
      }
      if (values != data.metrics().size()) {
        throw new PluginFailed(
            "objective",
            objective,
            new Refusal("values", values + " values", "one for each metric of " + data.metrics()));
      }
    }
  }

  /**
   * Returns the output of a network.
   *
   * @throws RefusedException if it does not have the shape that the data's objective needs
   */
  static NDArray output(Network network, Data data, NDList outputs, long examples) {
    problem(network, data, shapes(outputs), examples)
        .ifPresent(
            refusal -> {
              throw new RefusedException(List.of(refusal.within("network")));
            });
    return outputs.get(0);
  }

  private static Optional<Refusal> problem(
      Network network, Data data, List<Shape> outputs, long examples) {
    Shape expected = data.task().output();
    if (outputs.equals(List.of(new Shape(examples).addAll(expected)))) {
      return Optional.empty();
    }
    if (outputs.size() != 1) {
      return Optional.of(
          new Refusal(
              "",
              network.name() + ", which has " + outputs.size() + " outputs",
              allowed(data),
              "Add a function that selects one, such as list -> new NDList(list.get(0))"));
    }
    Shape output = outputs.get(0);
    boolean isOfNumbers = output.dimension() == 2 && output.get(0) == examples;
    return Optional.of(
        new Refusal(
            "",
            network.name()
                + ", whose output "
                + (isOfNumbers
                    ? "has " + output.get(1) + " numbers for each example"
                    : "for " + examples + " examples has shape " + output),
            allowed(data),
            expected.dimension() == 1
                ? "Let the block end with a linear layer of " + expected.get(0) + " units"
                : "Choose another model"));
  }

  private static String allowed(Data data) {
    Task task = data.task();
    return "a block that computes "
        + (task.output().equals(new Shape(data.classes()))
            ? data.classes() + " scores, one for each class,"
            : "an output of shape " + task.output())
        + " for an example of shape "
        + task.input();
  }

  /** Checks that a network can be trained on the smallest batch, if that is a single example. */
  static void lastBatch(Network network, Data data, Training training, Refusals refusals) {
    int examples = data.train().size();
    int batch = training.batchSize();
    boolean isSingle = batch == 1 || examples == 1;
    long perEpoch = examples / batch + 1L;
    boolean hasSingleAtEnd =
        examples % batch == 1
            && training.lastBatch() == LastBatch.KEEP
            && training.iterations().in(perEpoch) >= perEpoch;
    if ((!isSingle && !hasSingleAtEnd) || !hasBatchStatistics(network)) {
      return;
    }
    try {
      forward(network, data, 1, true);
    } catch (RuntimeException e) { // by batch norm, whose variance needs two values
      refusals.add(
          "batch-size",
          batch
              + " for "
              + examples
              + " training examples, which leaves a batch of 1 example, where "
              + network.name()
              + " cannot be trained: it fails "
              + reason(e),
          "batches of 2 examples or more",
          isSingle
              ? "Choose a larger batch-size"
              : "Set last-batch = drop, or choose another batch-size");
    }
  }

  private static boolean hasBatchStatistics(Network network) {
    return network.parameters().values().stream()
        .anyMatch(parameter -> parameter.getType() == Parameter.Type.RUNNING_VAR);
  }

  private static List<Shape> forward(Network network, Data data, int examples, boolean training) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      EffectiveParameters parameters = new EffectiveParameters(network, manager);
      network
          .parameters()
          .forEach((name, parameter) -> parameters.put(name, manager.zeros(parameter.getShape())));
      Shape shape = new Shape(examples).addAll(data.input());
      DataType type = data.task().isOfTokens() ? DataType.INT64 : DataType.FLOAT32;
      NDList input = new NDList(manager.zeros(shape, type));
      return shapes(network.block().forward(parameters, input, training));
    }
  }

  private static List<Shape> shapes(NDList outputs) {
    return outputs.stream().map(NDArray::getShape).toList();
  }

  /** Names the innermost block that throws, and the first line of its message. */
  static String reason(RuntimeException e) {
    String block =
        Arrays.stream(e.getStackTrace())
            .filter(frame -> frame.getMethodName().equals("forwardInternal"))
            .map(frame -> "in " + frame.getClassName() + " ")
            .findFirst()
            .orElse("");
    return block + "(" + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + ")";
  }
}
