// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Scoring;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;

/**
 * The weights that a criterion scores. The sound choice is the weights of the network; the
 * reference codes score others, and transfer only the mask. New draws come from the stream of the
 * scoring.
 */
public enum ScoredWeights {
  /** The weights of the network. */
  OWN,
  /** New weights by the network's initialiser: SNIP's official code. */
  REDRAWN,
  /**
   * The weights of the network, with all convolutions and linear layers redrawn from Glorot's
   * normal distribution: SNIP's PyTorch port.
   */
  GLOROT,
  /**
   * The weights of the network, with the linear layers redrawn from Glorot's normal: GraSP's code.
   */
  GLOROT_LINEAR;

  State of(Scoring scoring) {
    return switch (this) {
      case OWN -> scoring.state();
      case REDRAWN -> scoring.network().initial(scoring.random());
      case GLOROT -> redrawn(scoring, true);
      case GLOROT_LINEAR -> redrawn(scoring, false);
    };
  }

  private static State redrawn(Scoring scoring, boolean convolutions) {
    return scoring
        .network()
        .redraw(
            scoring.state(),
            Initialiser.GLOROT_NORMAL,
            layer -> convolutions || isLinear(layer),
            scoring.random());
  }

  private static boolean isLinear(Layer layer) {
    return layer.shape().dimension() == 2;
  }
}
