// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import java.util.List;
import org.apiguardian.api.API;

/**
 * Channels of a network that are numbered alike wherever they go, so that channel c can only be
 * taken out of all these places at once: the rows of the layer that makes them, the batch norm
 * behind it, the columns of the layers that read them. What several layers add up, as in a residual
 * network, is one group. The neurons of a linear layer are channels too.
 *
 * @param name what to call it; unique in its network
 * @param size how many channels it has
 * @param slices where they lie in the network's parameters
 * @param gated the parameters that a factor on a channel multiplies, if there is a place for one
 *     factor: the group is made by one layer and read by one. They are gamma and beta of the batch
 *     norm behind that layer or, where there is none, its weights and bias. Empty for other groups,
 *     such as what residual blocks add to
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Group(String name, int size, List<Slice> slices, List<String> gated) {

  /**
   * One place where the channels lie: channel c has indices c * stride to (c + 1) * stride - 1.
   *
   * @param parameter the stable name of the parameter
   * @param axis the axis of its shape
   * @param stride how many indices a channel has; 1 but for a flattened feature map, whose pixels
   *     they then are
   */
  public record Slice(String parameter, int axis, int stride) {}

  /** Copies the lists. */
  public Group {
    slices = List.copyOf(slices);
    gated = List.copyOf(gated);
  }
}
