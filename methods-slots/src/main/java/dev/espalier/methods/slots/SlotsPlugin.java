// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Registers the methods that never change a weight: slot machines and edge-popup. */
public final class SlotsPlugin implements Plugin {

  /** Creates the plugin, as ServiceLoader requires. */
  public SlotsPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .method("slots", SlotMachines.class, SlotMachines.Settings.class)
        .summary("Slot machines: each connection learns which of its K random values to use")
        .paper("Aladago & Torresani, ICML 2021, arXiv:2101.06475");
    catalog
        .method("edge-popup", EdgePopup.class, EdgePopup.Settings.class)
        .summary(
            "Trains a score for each weight of a random network and keeps the highest: an"
                + " untrained sub-network")
        .paper("Ramanujan et al., CVPR 2020, arXiv:1911.13299");
  }
}
