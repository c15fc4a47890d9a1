// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names the methods that remove channels. */
public final class GatesPlugin implements Plugin {

  /** Made by ServiceLoader. */
  public GatesPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("pruning-from-scratch", PruningFromScratch.class, PruningFromScratch.Settings.class)
        .summary(
            "Learn gates on the channels of a random network, cut it to a budget of MACs, train it")
        .paper("Wang et al., AAAI 2020, arXiv:1909.12579");
    catalog
        .method("network-slimming", NetworkSlimming.class, NetworkSlimming.Settings.class)
        .summary(
            "Train with a penalty on batch norm's scales, remove the channels of the smallest, and"
                + " fine-tune the narrow network")
        .paper(
            "Liu et al., ICCV 2017, arXiv:1708.06519; scratch-e, scratch-b: Liu et al., ICLR 2019,"
                + " arXiv:1810.05270");
  }
}
