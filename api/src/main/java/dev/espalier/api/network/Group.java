// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import java.util.List;
import org.apiguardian.api.API;

/**
 * A group of channels with the same numbers in several parameters, so that channel c is removed
 * from all of them together. The parameters are the rows of the layer that computes the channels,
 * the batch norm behind it, and the columns of the layers that read them. A convolution with as
 * many groups as channels transforms them one by one, and its rows belong to them. Channels that
 * several layers add up, as in a residual network, are one group. The neurons of a linear layer are
 * channels too.
 *
 * @param name the name, unique in its network
 * @param size the number of channels
 * @param slices their positions in the network's parameters
 * @param gated the parameters that a factor on a channel multiplies, if one layer computes the
 *     group and one reads it, or if the network names the place. They are gamma and beta of the
 *     batch norm behind that layer or, where there is none, its weights and bias. Empty for other
 *     groups, such as the sums of residual blocks
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Group(String name, int size, List<Slice> slices, List<String> gated) {

  /**
   * The position of the channels in one parameter: channel c has indices c * stride to (c + 1) *
   * stride - 1.
   *
   * @param parameter the stable name of the parameter
   * @param axis the axis of its shape
   * @param stride the number of indices of a channel: the number of pixels for a flattened feature
   *     map, 1 otherwise
   */
  public record Slice(String parameter, int axis, int stride) {}

  /** Creates a group with copies of the lists. */
  public Group {
    slices = List.copyOf(slices);
    gated = List.copyOf(gated);
  }
}
