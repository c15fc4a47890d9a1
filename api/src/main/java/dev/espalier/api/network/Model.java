// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/** An architecture of networks. Implement it as a record with {@link Setting}s. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Model {

  /**
   * Builds the network for some data.
   *
   * @param task the inputs and outputs of the network
   * @return a network, to be closed by the caller
   * @throws RefusedException if the architecture does not fit that task, by the keys of its
   *     settings; the key {@code id} stands for the architecture as a whole
   */
  Network build(Task task);

  /**
   * Builds the network for numbers that belong to one of several classes.
   *
   * @param input the shape of one example: (channels, height, width) of images
   * @param classes the number of classes
   * @return a network, to be closed by the caller
   * @throws RefusedException as {@link #build(Task)}
   */
  default Network build(Shape input, int classes) {
    return build(Task.classes(input, classes));
  }
}
