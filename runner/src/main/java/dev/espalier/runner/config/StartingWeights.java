// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Setting;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code model.weights} section: a file of starting weights, and how its names are read.
 *
 * @param file the file
 * @param rename replaces prefixes of the names in the file, the longest first
 * @param draw the prefixes of the parameters that are drawn
 * @param ticket the weights that a ticket gives
 */
public record StartingWeights(
    @Setting(
            "a file of named arrays: safetensors, NumPy's npz, or a ticket of a run or an export;"
                + " all replicates start from it")
        String file,
    @Setting(
            value =
                "replaces prefixes of the names in the file by others, the longest first, such as"
                    + " { \"layer1.0\" = \"stage1.block1\" }; torchvision's names of ResNets are"
                    + " known if this is empty",
            defaults = "{}")
        Map<String, String> rename,
    @Setting(
            value =
                "prefixes of parameters that are drawn although there is a file, such as [fc] for"
                    + " other classes",
            defaults = "[]")
        List<String> draw,
    @Setting(
            value = "weights of a ticket to start from: after its training, or before",
            defaults = "trained")
        TicketWeights ticket) {

  /** The weights that the file of a ticket has. */
  public enum TicketWeights {
    /** After training. */
    TRAINED,
    /** Before training. */
    START
  }

  /** Creates the settings, with copies that keep the order. */
  public StartingWeights {
    rename = Collections.unmodifiableMap(new LinkedHashMap<>(rename));
    draw = List.copyOf(draw);
  }
}
