// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.structure.SlimmingResult;

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
        .paper("Wang et al., AAAI 2020, arXiv:1909.12579")
        .finding(
            "gates-epoch", "Epoch of the gates", "epochs", "Epoch whose gates chose the channels.")
        .finding(
            "gates-fallback",
            "Fallback of the gates",
            "",
            "Reason why the gates of the last epoch were used.")
        .finding(
            "gates-density",
            "Density of the gates",
            "",
            "Fraction of the gates of that epoch that are not 0.")
        .finding(
            "gates-mean",
            "Mean of the gates",
            "",
            "Mean of the gates of that epoch, which the penalty moves to the setting density.")
        .finding(
            "gates-validation-accuracy",
            "Validation accuracy with gates",
            "",
            "Validation accuracy of the random network with the gates of that epoch.")
        .finding(
            "gates-by-epoch",
            "Gates by epoch",
            "",
            "Density and validation accuracy after each epoch of the gates.")
        .finding(
            "macs-of-dense",
            "MACs of the full network",
            "MACs",
            "Multiply-accumulates of the experiment's network for one example.")
        .finding(
            "macs-allowed",
            "MACs allowed",
            "MACs",
            "Budget for one example, a fraction of the MACs of the full network.")
        .finding(
            "macs",
            "MACs of the narrow network",
            "MACs",
            "Multiply-accumulates of the narrow network for one example.")
        .finding("channels", "Channels kept", "", "Channels kept in each group.");
    SlimmingResult.declare(
        catalog
            .method("network-slimming", NetworkSlimming.class, NetworkSlimming.Settings.class)
            .summary(
                "Trains with a penalty on batch-norm scales, removes the channels with the"
                    + " smallest scales, and fine-tunes the narrow network")
            .paper(
                "Liu et al., ICCV 2017, arXiv:1708.06519; scratch-e, scratch-b: Liu et al., ICLR 2019,"
                    + " arXiv:1810.05270"));
  }
}
