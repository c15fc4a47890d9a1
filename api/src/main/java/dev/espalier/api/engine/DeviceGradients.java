// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Gradients;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A network on a device with fixed weights. */
final class DeviceGradients implements Gradients {

  /**
   * The options of a pass through the network.
   *
   * @param precision FLOAT32 or FLOAT64
   * @param batchNorm the statistics that batch norm uses
   * @param dropout the seed of dropout, the same in every pass
   * @param listener is called at each pass
   */
  record Passes(DataType precision, BatchNorm batchNorm, int dropout, PassListener listener) {}

  private final Network network;
  private final DeviceExamples examples;
  private final NDManager manager;
  private final EffectiveParameters parameters;
  private final Map<String, NDArray> weights = new LinkedHashMap<>();
  private final Passes passes;
  private final Mask mask;
  private int derivatives = 1;

  /**
   * Creates the arrays of the weights on the device.
   *
   * @param examples the training examples
   * @param manager owns all arrays of this object, and is closed with it
   * @param mask the living weights; selects the tensors to differentiate
   * @param passes the options of a pass
   */
  DeviceGradients(
      Network network,
      DeviceExamples examples,
      NDManager manager,
      State state,
      Mask mask,
      Passes passes) {
    this.network = network;
    this.examples = examples;
    this.manager = manager;
    this.passes = passes;
    this.mask = mask;
    parameters = new EffectiveParameters(network, manager);
    State masked = mask.apply(state);
    List<String> differentiated = mask.layers().stream().map(Layer::name).toList();
    try {
      for (String name : network.parameters().keySet()) {
        NDArray array = upload(masked.get(name));
        parameters.put(name, array);
        if (differentiated.contains(name)) {
          weights.put(name, array);
        }
      }
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private NDArray upload(Tensor tensor) {
    NDArray array = tensor.on(manager);
    if (array.getDataType() == passes.precision()) {
      return array;
    }
    try (array) {
      return array.toType(passes.precision(), false);
    }
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  @Override
  public NDArray number(double number) {
    return Scalar.constant(manager, passes.precision(), number);
  }

  @Override
  public NDArray features(int... rows) {
    passes.listener().looked(rows.clone());
    NDArray features = examples.features(Indices.of(rows, manager));
    return examples.isOfTokens() ? features : features.toType(passes.precision(), false);
  }

  @Override
  public NDArray outputs(NDArray features) {
    passes.listener().passed(features.getShape().get(0), derivatives);
    boolean training = passes.batchNorm() == BatchNorm.BATCH;
    if (training) {
      manager.getEngine().setRandomSeed(passes.dropout());
    }
    NDList outputs;
    try {
      outputs = network.block().forward(parameters, new NDList(features), training);
    } catch (RuntimeException e) {
      if (passes.precision() == DataType.FLOAT32 || DeviceMemory.isFull(e)) {
        throw e;
      }
      // Some blocks of DJL, such as its recurrent ones, make arrays of float32.
      throw new TrialFailed(
          "the forward pass of "
              + network.name()
              + " fails in float64 "
              + ForwardCheck.reason(e)
              + "; set precision = float32 where the criterion has it, or choose another criterion");
    }
    return outputs.singletonOrThrow();
  }

  @Override
  public NDArray loss(NDArray outputs, int... rows) {
    return examples.objective().mean(outputs, examples.targets(Indices.of(rows, manager)));
  }

  @Override
  public Map<String, NDArray> of(List<Supplier<NDArray>> terms) {
    Map<String, NDArray> gradients = unrefused(terms);
    if (mask.isDense()) {
      refuseLayersWithoutGradient(gradients);
    }
    return gradients;
  }

  /** Computes gradients as {@link #of}, without an exception for a layer without a gradient. */
  Map<String, NDArray> unrefused(List<Supplier<NDArray>> terms) {
    return DeviceMemory.guard(manager.getParentManager(), () -> differentiated(terms));
  }

  private Map<String, NDArray> differentiated(List<Supplier<NDArray>> terms) {
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      weights.forEach(
          (name, array) -> {
            NDArray leaf = array.stopGradient();
            leaf.setRequiresGradient(true);
            parameters.put(name, leaf);
            leaves.put(name, leaf);
          });
      for (Supplier<NDArray> term : terms) {
        try (NDScope pass = new NDScope();
            GradientCollector collector = manager.getEngine().newGradientCollector()) {
          pass.suppressNotUsedWarning();
          collector.backward(term.get()); // adds to what the leaves have
        }
      }
      return gradients(leaves);
    } finally {
      weights.forEach(parameters::put);
    }
  }

  /**
   * Differentiates first along v, w + e v at e = 0: dR/de = v * dR/dw. So the first gradient, which
   * is kept with its graph, is one number, and only the second has the size of the network.
   */
  @Override
  public Map<String, NDArray> hessianTimes(Map<String, NDArray> v, List<Supplier<NDArray>> terms) {
    return DeviceMemory.guard(manager.getParentManager(), () -> product(v, terms));
  }

  private Map<String, NDArray> product(Map<String, NDArray> v, List<Supplier<NDArray>> terms) {
    Map<String, NDArray> leaves = HessianLeaves.like(weights);
    derivatives = 2;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Map<String, NDArray> living = living(v);
      terms.forEach(term -> addHessianTimes(living, term, leaves));
    } finally {
      derivatives = 1;
      weights.forEach(parameters::put);
    }
    // The graph is freed by now. The leaves keep their gradients; the results are copies.
    Map<String, NDArray> products = new LinkedHashMap<>();
    leaves.forEach(
        (name, leaf) -> {
          // Not by toType, which shares memory if the type is the same, even if a copy is
          // requested.
          try (NDArray gradient = leaf.getGradient()) {
            NDArray product = gradient.duplicate();
            product.attach(manager);
            products.put(name, product);
          }
        });
    return products;
  }

  /** Returns v with 0 for dead weights, which are constants. */
  private Map<String, NDArray> living(Map<String, NDArray> v) {
    if (mask.isDense()) {
      return v;
    }
    Map<String, NDArray> living = new LinkedHashMap<>();
    for (Layer layer : mask.layers()) {
      NDArray m = mask.on(layer, manager).toType(passes.precision(), false);
      living.put(layer.name(), v.get(layer.name()).mul(m));
    }
    return living;
  }

  private void addHessianTimes(
      Map<String, NDArray> v, Supplier<NDArray> term, Map<String, NDArray> leaves) {
    // PyTorch records operations only while gradients are collected.
    try (NDScope pass = new NDScope();
        GradientCollector collector = manager.getEngine().newGradientCollector()) {
      pass.suppressNotUsedWarning();
      NDArray e = manager.zeros(new Shape(1), passes.precision());
      e.setRequiresGradient(true);
      leaves.forEach(
          (name, leaf) -> {
            try (NDArray along = v.get(name).mul(e);
                NDArray moved = weights.get(name).add(along)) {
              parameters.put(name, moved.add(leaf));
            }
          });
      NDArray value = term.get();
      // A leaf that needs no gradient is skipped, although the operations that lead to it are
      // recorded.
      leaves.values().forEach(leaf -> leaf.setRequiresGradient(false));
      SecondBackward.run(value);
      leaves.values().forEach(leaf -> leaf.setRequiresGradient(true));
      collector.backward(e.getGradient());
    }
  }

  /** Returns the gradients of the leaves, zeros for leaves without a gradient. */
  private Map<String, NDArray> gradients(Map<String, NDArray> leaves) {
    Map<String, NDArray> gradients = new LinkedHashMap<>();
    leaves.forEach(
        (name, leaf) -> {
          // DJL's zeros for a leaf without a gradient are float32 for any type of leaf.
          NDArray gradient = leaf.getGradient().toType(passes.precision(), false);
          gradient.attach(manager);
          NDScope.unregister(gradient);
          gradients.put(name, gradient);
        });
    return gradients;
  }

  /** Checks for gradients of 0 in a dense network, where pruning cannot be the cause. */
  private void refuseLayersWithoutGradient(Map<String, NDArray> gradients) {
    List<String> without =
        gradients.entrySet().stream()
            .filter(entry -> HostCopy.number(entry.getValue().abs().max()) == 0)
            .map(entry -> entry.getKey() + " (" + entry.getValue().size() + " weights)")
            .toList();
    if (!without.isEmpty()) {
      throw new TrialFailed(
          "no gradient reaches "
              + without.size()
              + " of the "
              + gradients.size()
              + " layers of "
              + network.name()
              + ", though nothing is pruned yet: "
              + String.join(", ", without)
              + ". Either the block does not use them on the way to its output, or all units are"
              + " dead for these examples; take the layer out, try another initialiser, or a"
              + " criterion that needs no gradients, such as magnitude");
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
