// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.network.Model;

/** Registers the mistakes. */
public final class BrokenPlugin implements Plugin {

  /** The service loader calls it. */
  public BrokenPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog.criterion("wrong-scores", WrongCriterion.class);
    catalog.schedule("wrong-densities", WrongSchedule.class);
    catalog.method("wrong-method", WrongMethod.class, WrongMethod.Settings.class);
    catalog.add(Model.class, "wrong-model", WrongModel.class);
    catalog.add(DataSource.class, "wrong-data", WrongData.class);
  }
}
