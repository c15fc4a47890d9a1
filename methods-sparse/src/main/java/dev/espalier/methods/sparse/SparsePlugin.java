// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Registers the methods of sparse training. */
public final class SparsePlugin implements Plugin {

  /** Creates the plugin, as ServiceLoader requires. */
  public SparsePlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    moving(catalog);
    softThreshold(catalog);
    continuousSparsification(catalog);
  }

  /** Masks that move during a training. */
  private static void moving(Catalog catalog) {
    catalog
        .method("gradual", GradualPruning.class, GradualPruning.Settings.class)
        .summary("Prunes more and more of the smallest weights during one training")
        .paper("Zhu & Gupta 2017, arXiv:1710.01878");
    SparseTraining.declare(
        catalog
            .method("set", SparseEvolution.class, SparseEvolution.Settings.class)
            .summary("Trains a sparse network; drops small weights and grows others at random")
            .paper("Mocanu et al., Nature Communications 2018, arXiv:1707.04780"));
    SparseTraining.declare(
        catalog
            .method("rigl", Rigl.class, Rigl.Settings.class)
            .summary(
                "Trains a sparse network; drops small weights and grows those of large gradients")
            .paper("Evci et al., ICML 2020, arXiv:1911.11134"));
  }

  private static void softThreshold(Catalog catalog) {
    catalog
        .method(
            "str",
            SoftThresholdReparametrization.class,
            SoftThresholdReparametrization.Settings.class)
        .summary("Trains a threshold for each layer, below which weights are 0")
        .paper("Kusupati et al., ICML 2020, arXiv:2002.03231")
        .finding(
            "thresholds",
            "Thresholds",
            "",
            "Threshold of each layer at the end, with the fraction of its weights above it.");
  }

  private static void continuousSparsification(Catalog catalog) {
    catalog
        .method(
            "continuous-sparsification",
            ContinuousSparsification.class,
            ContinuousSparsification.Settings.class)
        .summary("Trains soft gates on weights until they are 0 or 1, and rewinds the weights")
        .paper("Savarese, Silva & Maire, NeurIPS 2020, arXiv:1912.04427")
        .finding(
            "undecided-gates",
            "Undecided gates",
            "",
            "Fraction of the gates between 0.01 and 0.99 at the end of the round.");
  }
}
