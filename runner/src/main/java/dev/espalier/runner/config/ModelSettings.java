// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Setting;
import java.util.Optional;

/**
 * The {@code model} section: an architecture, and settings that hold for any architecture.
 *
 * @param architecture builds the network
 * @param weights the starting weights; they are drawn if empty
 */
public record ModelSettings(
    @Setting(value = "the architecture", inline = true) Model architecture,
    @Setting(
            "starting weights from a file, in place of drawn ones: a file, or a section that"
                + " 'espalier describe weights' explains")
        Optional<StartingWeights> weights) {

  /** The key of the starting weights, which are no part of the architecture. */
  public static final String WEIGHTS = "weights";
}
