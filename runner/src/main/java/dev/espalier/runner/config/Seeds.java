// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueType;
import dev.espalier.api.settings.Setting;

/**
 * The {@code seed} key: one number, or a section of two that vary networks and trainings apart.
 *
 * @param init the seed of networks
 * @param order the seed of trainings, and of the choice of examples
 */
public record Seeds(
    @Setting("seed of networks: start weights, masks, controls, random scores") long init,
    @Setting(
            "seed of trainings: order of the examples, augmentation, dropout, deficits; and of the"
                + " choice of validation examples")
        long order) {

  static final String FORM = "a whole number, or a section { init = 1, order = 2 }";

  /** Returns the seeds that one number stands for. */
  public static Seeds of(long both) {
    return new Seeds(both, both);
  }

  /** Reads the seeds that a run recorded. */
  public static Seeds of(Config settings) {
    return settings.getValue("seed").valueType() == ConfigValueType.OBJECT
        ? new Seeds(settings.getLong("seed.init"), settings.getLong("seed.order"))
        : of(settings.getLong("seed"));
  }

  /** Writes the seeds as in a configuration, in words. */
  public String words() {
    return init == order ? Long.toString(init) : "init " + init + ", order " + order;
  }
}
