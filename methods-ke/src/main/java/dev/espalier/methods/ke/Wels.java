// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Split;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import java.util.BitSet;

/**
 * Weight-level splitting: keeps or resets every weight independently, in every layer.
 *
 * <p>Source: Taha et al., CVPR 2021, arXiv:2103.05152, which states that s_r * |W| weights are
 * kept; its public code keeps that many in expectation only, and so does the default here.
 *
 * @param count the number of kept weights
 */
public record Wels(
    @Setting(
            value =
                "expected: each weight is kept with probability split-rate, as in the"
                    + " public code; exact: the nearest whole number of weights per layer",
            defaults = "expected")
        Count count)
    implements Split {

  /** The number of kept weights. */
  public enum Count {
    /** M ~ Bernoulli(s_r) for each weight: 1 where u &gt;= 1 - s_r, u uniform in [0, 1). */
    EXPECTED {
      @Override
      BitSet draw(Layer layer, BitSet bits, double rate, RandomStream random) {
        for (int i = 0; i < layer.size(); i++) {
          bits.set(i, random.nextDouble() >= 1 - rate);
        }
        return bits;
      }
    },
    /** s_r * |W| of each layer, to the nearest whole number, every choice equally likely. */
    EXACT {
      @Override
      BitSet draw(Layer layer, BitSet bits, double rate, RandomStream random) {
        int[] order = random.permutation(layer.size());
        for (int i = 0; i < Math.round(rate * layer.size()); i++) {
          bits.set(order[i]);
        }
        return bits;
      }
    };

    abstract BitSet draw(Layer layer, BitSet bits, double rate, RandomStream random);
  }

  /** Creates the split and checks the count. */
  public Wels {
    Ranges.check(Wels.class, count);
  }

  /** Creates the split of the public code. */
  public Wels() {
    this(Count.EXPECTED);
  }

  @Override
  public Mask mask(double rate, State start, State state, Trial trial) {
    RandomStream random = trial.seed().stream("mask", 0);
    return Mask.of(
        trial.network().layers(), (layer, bits) -> count.draw(layer, bits, rate, random));
  }
}
