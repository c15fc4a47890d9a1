// SPDX-License-Identifier: Apache-2.0
package dev.espalier.mlflow;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.Tracker;

/** Registers the tracker for MLflow. */
public final class MlflowPlugin implements Plugin {

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .add(Tracker.class, "mlflow", Mlflow.class)
        .summary("Writes replicates and their trainings to a server of MLflow, as nested runs");
  }
}
