// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Registers the methods that remove channels. */
public final class GatesPlugin implements Plugin {

  /** Creates the plugin, as ServiceLoader requires. */
  public GatesPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("pruning-from-scratch", PruningFromScratch.class, PruningFromScratch.Settings.class)
        .summary(
            "Learns channel gates on a random network, cuts it to a MAC budget, and trains"
                + " the narrow network")
        .paper("Wang et al., AAAI 2020, arXiv:1909.12579");
    catalog
        .method("network-slimming", NetworkSlimming.class, NetworkSlimming.Settings.class)
        .summary(
            "Trains with a penalty on batch-norm scales, removes the channels with the"
                + " smallest scales, and fine-tunes the narrow network")
        .paper(
            "Liu et al., ICCV 2017, arXiv:1708.06519; scratch-e, scratch-b: Liu et al., ICLR 2019,"
                + " arXiv:1810.05270");
  }
}
