// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Data;
import dev.espalier.api.DataSource;
import dev.espalier.api.Seed;
import dev.espalier.api.Setting;
import dev.espalier.api.Settings;
import java.io.IOException;

/**
 * The {@code data} section: a source, and what can be asked of any source.
 *
 * @param source where the examples come from
 * @param validation how many training examples are held out
 */
public record DataSettings(
    @Setting(value = "where the examples come from", inline = true) DataSource source,
    @Setting(
            value = "training examples held out for early stopping",
            defaults = "0",
            range = "[0, inf)")
        int validation) {

  /** Checks the ranges. */
  public DataSettings {
    Settings.check(DataSettings.class, source, validation);
  }

  /**
   * Reads the data and sets validation examples apart. Which ones depends on the experiment's seed
   * alone, so that all replicates are compared on the same examples.
   */
  public Data load(long seed) throws IOException {
    return source.load().withValidation(validation, new Seed(seed, 0).stream("validation", 0));
  }
}
