// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names what this module brings. */
public final class SlotsPlugin implements Plugin {

  /** Made by ServiceLoader. */
  public SlotsPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("edge-popup", EdgePopup.class, EdgePopup.Settings.class)
        .summary(
            "Train a score for each weight of a random network, and keep the best: a sub-network")
        .paper("Ramanujan et al., CVPR 2020, arXiv:1911.13299");
  }
}
