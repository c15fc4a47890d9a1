// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Augmentation;
import dev.espalier.api.Data;
import dev.espalier.api.DataSource;
import dev.espalier.api.Seed;
import dev.espalier.api.Setting;
import dev.espalier.api.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The {@code data} section: a source, and what can be asked of any source.
 *
 * @param source where the examples come from
 * @param validation how many training examples are held out
 * @param augmentation replaces the source's own
 */
public record DataSettings(
    @Setting(value = "where the examples come from", inline = true) DataSource source,
    @Setting(
            value = "training examples held out for early stopping",
            defaults = "0",
            range = "[0, inf)")
        int validation,
    @Setting(
            "what is done at random to a training image each time it is shown, in this order; [] for"
                + " nothing, and if not given what is usual for the source")
        Optional<List<Augmentation>> augmentation) {

  /** Checks the ranges. */
  public DataSettings {
    augmentation = augmentation.map(List::copyOf);
    Settings.check(DataSettings.class, source, validation, augmentation);
  }

  /**
   * Reads the data and sets validation examples apart. Which ones depends on the experiment's seed
   * alone, so that all replicates are compared on the same examples.
   *
   * @param prepared a folder for files of the source's own making
   */
  public Data load(long seed, Path prepared) throws IOException {
    Data data = source.load(prepared);
    return augmentation
        .map(data::withAugmentations)
        .orElse(data)
        .withValidation(validation, new Seed(seed, 0).stream("validation", 0));
  }
}
