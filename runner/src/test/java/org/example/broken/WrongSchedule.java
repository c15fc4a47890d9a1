// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.Schedule;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import java.util.List;

/** A schedule of given densities, allowed or not. */
public record WrongSchedule(@Setting("the density of each round") List<Double> densities)
    implements Schedule {

  /** Copies the densities. */
  public WrongSchedule {
    densities = List.copyOf(densities);
  }

  @Override
  public double density(int round, Layer.Kind kind) {
    return densities.get(round);
  }
}
