// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A parametrization whose first forward, sample and pullback of a training are checked against its
 * contract. Later calls have no extra cost.
 */
final class CheckedOnDevice implements Parametrization.OnDevice {

  private static final Logger LOG = LoggerFactory.getLogger(CheckedOnDevice.class);
  private static final String KIND = "parametrization";

  private final Network network;
  private final Parametrization parametrization;
  private final Parametrization.OnDevice onDevice;
  private boolean isForwardChecked;
  private boolean isSampleChecked;
  private boolean isPullbackChecked;

  CheckedOnDevice(
      Network network, Parametrization parametrization, State state, NDManager manager) {
    this.network = network;
    this.parametrization = parametrization;
    onDevice =
        PluginFailed.nonNull(
            KIND, parametrization, "on", parametrization.on(network, state, manager));
  }

  @Override
  public void at(long iteration, long total) {
    onDevice.at(iteration, total);
  }

  @Override
  public Map<String, NDArray> forward(Map<String, NDArray> variables) {
    Map<String, NDArray> effective = onDevice.forward(variables);
    if (!isForwardChecked) {
      isForwardChecked = true;
      check("forward", effective, variables);
    }
    return effective;
  }

  @Override
  public Map<String, NDArray> sample(Map<String, NDArray> variables, RandomStream random) {
    Map<String, NDArray> effective = onDevice.sample(variables, random);
    if (!isSampleChecked) {
      isSampleChecked = true;
      check("sample", effective, variables);
    }
    return effective;
  }

  @Override
  public void pullback(
      Map<String, NDArray> variables,
      Map<String, NDArray> gradients,
      BiConsumer<String, NDArray> update) {
    if (isPullbackChecked) {
      onDevice.pullback(variables, gradients, update);
      return;
    }
    isPullbackChecked = true;
    Set<String> updated = new HashSet<>();
    onDevice.pullback(
        variables,
        gradients,
        (name, gradient) -> {
          checkUpdate(name, gradient, variables, updated);
          update.accept(name, gradient);
        });
    if (updated.isEmpty() && !variables.isEmpty()) {
      throw failed("pullback", "no update", "one update of each variable");
    }
    if (updated.size() < variables.size()) {
      Set<String> missing = new TreeSet<>(variables.keySet());
      missing.removeAll(updated);
      LOG.warn(
          "{}: the pullback updates {} of {} variables, and not {}; those keep their values",
          PluginFailed.name(KIND, parametrization.getClass()),
          updated.size(),
          variables.size(),
          missing);
    }
  }

  @Override
  public void project(Map<String, NDArray> variables) {
    onDevice.project(variables);
  }

  private void check(String call, Map<String, NDArray> effective, Map<String, NDArray> variables) {
    PluginFailed.nonNull(KIND, parametrization, call, effective);
    effective.forEach(
        (name, array) -> {
          String key = call + "." + name;
          Parameter parameter = network.parameters().get(name);
          if (parameter == null) {
            throw failed(
                key,
                "an unknown name",
                "one of " + String.join(", ", network.parameters().keySet()));
          }
          PluginFailed.nonNull(KIND, parametrization, key, array);
          checkForm(key, array, parameter.getShape());
          boolean isVariable = variables.values().stream().anyMatch(variable -> variable == array);
          if (!isVariable
              && !isFinite(array)
              && variables.values().stream().allMatch(CheckedOnDevice::isFinite)) {
            throw failed(key, "NaN or infinity", "finite values for finite variables");
          }
        });
  }

  private void checkUpdate(
      String name, NDArray gradient, Map<String, NDArray> variables, Set<String> updated) {
    String key = "pullback." + name;
    NDArray variable = variables.get(name);
    if (variable == null) {
      throw failed(key, "an unknown name", "one of " + String.join(", ", variables.keySet()));
    }
    if (!updated.add(name)) {
      throw failed(key, "a second update", "one update of each variable");
    }
    PluginFailed.nonNull(KIND, parametrization, key, gradient);
    checkForm(key, gradient, variable.getShape());
  }

  private void checkForm(String key, NDArray array, Shape shape) {
    if (!array.getShape().equals(shape)) {
      throw failed(key, "shape " + array.getShape(), shape.toString());
    }
    if (array.getDataType() != DataType.FLOAT32) {
      throw failed(key, array.getDataType(), DataType.FLOAT32.toString());
    }
  }

  private static boolean isFinite(NDArray array) {
    try (NDArray sum = array.sum()) {
      // A sum of large values can overflow.
      return Double.isFinite(HostCopy.number(sum))
          || Double.isFinite(HostCopy.number(array.abs().max()));
    }
  }

  private PluginFailed failed(String key, Object found, String allowed) {
    return new PluginFailed(KIND, parametrization, new Refusal(key, found, allowed));
  }
}
