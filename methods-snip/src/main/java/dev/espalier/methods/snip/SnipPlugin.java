// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.TieRule;

/** Registers the method, criteria and tie rules of this module. */
public final class SnipPlugin implements Plugin {

  private static final String SNIP = "Lee, Ajanthan & Torr, ICLR 2019, arXiv:1810.02340";
  private static final String GRASP = "Wang, Zhang & Grosse, ICLR 2020, arXiv:2002.07376";
  private static final String SYNFLOW =
      "Tanaka, Kunin, Yamins & Ganguli, NeurIPS 2020, arXiv:2006.05467";

  /** Creates the plugin, as ServiceLoader requires. */
  public SnipPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method(
            "prune-at-init", PruningAtInitialisation.class, PruningAtInitialisation.Settings.class)
        .summary("Scores the untrained network, prunes it in one or more rounds, and trains it")
        .paper(SNIP + "; " + GRASP + "; " + SYNFLOW);
    catalog
        .criterion("snip", Snip.class)
        .summary("|w * dL/dw| on a sample: connection sensitivity")
        .paper(SNIP);
    catalog
        .criterion("grasp", Grasp.class)
        .summary("w * Hg on a sample: effect on the gradient flow")
        .paper(GRASP);
    catalog
        .criterion("synflow", SynFlow.class)
        .summary("|w * dR/dw| for an input of ones and weights |w|, without data")
        .paper(SYNFLOW);
    catalog
        .add(TieRule.class, "snip", Ties.Snip.class)
        .summary("Keeps exactly the planned count; of equal scores the last is pruned first")
        .paper(SNIP);
    catalog
        .add(TieRule.class, "snip-pytorch", Ties.SnipPytorch.class)
        .summary("Keeps the planned count, rounded down, and all weights that score as its last")
        .paper(SNIP);
    catalog
        .add(TieRule.class, "grasp", Ties.Grasp.class)
        .summary(
            "Prunes the unplanned count, rounded down, except its last weight and those of"
                + " equal score")
        .paper(GRASP);
    catalog
        .add(TieRule.class, "synflow", Ties.SynFlow.class)
        .summary("Prunes the unplanned count, rounded down, and all weights that score as its last")
        .paper(SYNFLOW);
  }
}
