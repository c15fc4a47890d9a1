// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Catalog;
import dev.espalier.api.Criterion;
import dev.espalier.api.Plugin;
import dev.espalier.api.TieRule;
import dev.espalier.api.structure.SlimmingResult;

/** Registers the methods, schedules, criteria and tie rules of this module. */
public final class ImpPlugin implements Plugin {

  private static final String LTH = "Frankle & Carbin, ICLR 2019, arXiv:1803.03635";
  private static final String DECONSTRUCTING =
      "Zhou, Lan, Liu & Yosinski, NeurIPS 2019, arXiv:1905.01067";

  /** Creates the plugin, as ServiceLoader requires. */
  public ImpPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("imp", IterativeMagnitudePruning.class, IterativeMagnitudePruning.Settings.class)
        .summary("Trains, prunes the smallest weights, rewinds the others, and trains again")
        .paper(
            LTH
                + "; rewinding: Frankle et al., ICML 2020, arXiv:1912.05671; learning-rate rewinding:"
                + " Renda et al., ICLR 2020, arXiv:2003.02389");
    earlyBird(catalog);
    instability(catalog);
    catalog
        .schedule("geometric", Geometric.class)
        .summary("Removes the same fraction of the remaining weights in every round")
        .paper(LTH);
    catalog
        .add(TieRule.class, "reference", ReferenceTies.class)
        .summary("Prunes one weight more than planned, and all weights of equal score")
        .paper(LTH);
    catalog.criterion("magnitude", Magnitude.class).summary("|w|: large final").paper(LTH);
    deconstructing(
        catalog, "small-final", Criteria.SmallFinal.class, "-|w|: the opposite of magnitude");
    deconstructing(
        catalog, "large-init", Criteria.LargeInit.class, "|w_i|, with w_i the weight at the start");
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
        "|w_f| where the sign is that of w_i, else 0");
    deconstructing(
        catalog,
        "large-final-different-sign",
        Criteria.LargeFinalDifferentSign.class,
        "|w_f| where the sign is not that of w_i, else 0");
    deconstructing(
        catalog, "random", Criteria.RandomScores.class, "A uniform draw for every weight");
  }

  private static void instability(Catalog catalog) {
    catalog
        .method("instability", Instability.class, Instability.Settings.class)
        .summary(
            "Trains two copies from iteration k in different data orders, and measures the error on"
                + " the line between them")
        .paper("Frankle, Dziugaite, Roy & Carbin, ICML 2020, arXiv:1912.05671")
        .finding("rewind-to", "k", "iterations", "Iteration at which the two copies part.")
        .finding("alphas", "alpha", "", "Places on the line, from the first copy to the second.")
        .finding(
            "errors",
            "Test error",
            "",
            "Test error at each place: 1 - accuracy, or the metric of the data.")
        .finding(
            "barrier",
            "Error barrier",
            "",
            "Largest error on the line minus the mean of its ends; about 0 if k is stable.")
        .curve("errors", "alphas")
        .curve("barrier", "rewind-to");
  }

  private static void earlyBird(Catalog catalog) {
    SlimmingResult.declare(
        catalog
            .method("early-bird", EarlyBird.class, EarlyBird.Settings.class)
            .summary(
                "Compares masks while the dense network trains, draws the ticket once its mask"
                    + " is stable, and trains only the ticket")
            .paper("You et al., ICLR 2020, arXiv:1909.11957")
            .finding("sparsity", "Sparsity", "", "Fraction that the mask of the ticket removes.")
            .finding(
                "drawn-at-epoch",
                "Draw epoch",
                "epochs",
                "Epoch of the dense training at which the mask was stable.")
            .finding(
                "distances",
                "Mask distances",
                "",
                "Distances of the mask to the masks of the epochs before.")
            .finding(
                "dense-epochs",
                "Dense epochs",
                "epochs",
                "Training of the dense network before the draw.")
            .finding(
                "narrow-epochs",
                "Ticket epochs",
                "epochs",
                "Training of the ticket after the draw.")
            .finding(
                "dense-cost",
                "Cost of the dense part",
                "of a dense training",
                "MACs before the draw, as a fraction of those of a complete dense training.")
            .finding(
                "narrow-cost",
                "Cost of the ticket part",
                "of a dense training",
                "MACs after the draw, as a fraction of those of a complete dense training.")
            .finding(
                "cost",
                "Cost of the training",
                "of a dense training",
                "MACs of both parts, as a fraction of those of a complete dense training."));
  }

  private static void deconstructing(
      Catalog catalog, String id, Class<? extends Criterion> type, String summary) {
    catalog.criterion(id, type).summary(summary).paper(DECONSTRUCTING);
  }
}
