// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.nn.Parameter;
import dev.espalier.api.network.Network;
import java.util.List;
import org.apiguardian.api.API;

/** Groups of parameters that can be exempt from weight decay. */
@API(status = API.Status.STABLE, since = "0.1")
public enum DecayExemption {
  /** Biases of convolutions and linear layers. */
  BIAS,
  /** Scales and shifts of batch norm. */
  BATCH_NORM;

  /** Returns whether a list exempts a variable; it exempts no variable that is no parameter. */
  static boolean exempts(List<DecayExemption> exempt, Network network, String variable) {
    Parameter parameter = network.parameters().get(variable);
    return parameter != null
        && switch (parameter.getType()) {
          case BIAS -> exempt.contains(BIAS);
          case GAMMA, BETA -> exempt.contains(BATCH_NORM);
          default -> false;
        };
  }
}
