// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Catalog;
import dev.espalier.api.Criterion;
import dev.espalier.api.Plugin;
import dev.espalier.api.TieRule;

/** Names what this module brings. */
public final class ImpPlugin implements Plugin {

  private static final String LTH = "Frankle & Carbin, ICLR 2019, arXiv:1803.03635";
  private static final String DECONSTRUCTING =
      "Zhou, Lan, Liu & Yosinski, NeurIPS 2019, arXiv:1905.01067";

  /** Made by ServiceLoader. */
  public ImpPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("imp", IterativeMagnitudePruning.class, IterativeMagnitudePruning.Settings.class)
        .summary("Train, prune the smallest weights, rewind the others, and train again")
        .paper(LTH + "; rewinding: Frankle et al., ICML 2020, arXiv:1912.05671");
    catalog
        .method("early-bird", EarlyBird.class, EarlyBird.Settings.class)
        .summary(
            "Watch the mask while the dense network trains, draw the ticket when the mask has"
                + " settled, and train only that")
        .paper("You et al., ICLR 2020, arXiv:1909.11957");
    catalog
        .schedule("geometric", Geometric.class)
        .summary("Every round removes the same fraction of what is left")
        .paper(LTH);
    catalog
        .add(TieRule.class, "reference", ReferenceTies.class)
        .summary("One weight more than planned goes, and all that score as it does")
        .paper(LTH);
    catalog.criterion("magnitude", Magnitude.class).summary("|w|: large final").paper(LTH);
    deconstructing(
        catalog, "small-final", Criteria.SmallFinal.class, "-|w|: the control of magnitude");
    deconstructing(
        catalog, "large-init", Criteria.LargeInit.class, "|w_i|, w_i the weight at the start");
    deconstructing(catalog, "small-init", Criteria.SmallInit.class, "-|w_i|");
    deconstructing(
        catalog,
        "large-init-large-final",
        Criteria.LargeInitLargeFinal.class,
        "min(|w_f|, |w_i|): large at both ends");
    deconstructing(
        catalog, "magnitude-increase", Criteria.MagnitudeIncrease.class, "|w_f| - |w_i|");
    deconstructing(catalog, "movement", Criteria.Movement.class, "|w_f - w_i|");
    deconstructing(
        catalog,
        "large-final-same-sign",
        Criteria.LargeFinalSameSign.class,
        "|w_f| where the sign of w_i was kept, else 0");
    deconstructing(
        catalog,
        "large-final-different-sign",
        Criteria.LargeFinalDifferentSign.class,
        "|w_f| where the sign of w_i was lost, else 0");
    deconstructing(catalog, "random", Criteria.Random.class, "A uniform draw for every weight");
  }

  private static void deconstructing(
      Catalog catalog, String id, Class<? extends Criterion> type, String summary) {
    catalog.criterion(id, type).summary(summary).paper(DECONSTRUCTING);
  }
}
