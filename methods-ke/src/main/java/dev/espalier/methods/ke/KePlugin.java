// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Registers knowledge evolution and the splits of a network. */
public final class KePlugin implements Plugin {

  private static final String PAPER = "Taha, Shrivastava & Davis, CVPR 2021, arXiv:2103.05152";

  /** Creates the plugin, as ServiceLoader requires. */
  public KePlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("knowledge-evolution", KnowledgeEvolution.class, KnowledgeEvolution.Settings.class)
        .summary(
            "Trains in generations: keeps a part of the weights, redraws the rest, and"
                + " trains again")
        .paper(PAPER)
        .finding(
            "mean-magnitude",
            "Mean magnitude",
            "",
            "Mean of |w| over the weights of the part, in the trained network.");
    catalog
        .split("kels", Kels.class)
        .summary("Keeps the first channels of every layer, which form a slim network")
        .paper(PAPER);
    catalog.split("wels", Wels.class).summary("Keeps weights at random").paper(PAPER);
    catalog
        .split("random-channels", RandomChannels.class)
        .summary("Keeps as many channels as kels, at random; they form a slim network too");
    catalog
        .split("by-criterion", ByCriterion.class)
        .summary("Keeps the weights that a criterion ranks highest, as in a lottery ticket");
  }
}
