// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Scoring;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;

/**
 * Which weights a criterion looks at. The sound choice is the network's own; the reference codes
 * score others, and carry only the mask over. New draws come from the scoring's own stream.
 */
public enum ScoredWeights {
  /** Those of the network itself. */
  OWN,
  /** New ones by the network's own initialiser: SNIP's official code. */
  REDRAWN,
  /**
   * The network's, with all convolutions and linear layers drawn anew from Glorot's normal
   * distribution: SNIP's PyTorch port.
   */
  GLOROT,
  /** The network's, with the linear layers drawn anew from Glorot's normal: GraSP's code. */
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
