// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.nn.Block;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;

/**
 * A block of another library, by the name of its class: one of DJL, of its model zoo, or of any jar
 * in the folder plugins. The class has a public static method {@code builder()} or a public
 * constructor. A setting {@code num-layers} calls {@code setNumLayers} or {@code optNumLayers} of
 * the builder, or is the constructor's parameter {@code numLayers}. A parameter whose name the
 * compiler left out is {@code arg0}, {@code arg1} and so on.
 *
 * <p>Values are numbers, truth values, texts, words of an enum, shapes as lists of numbers, and
 * arrays as lists. Some settings have defaults from the data: {@code image-shape}, {@code
 * input-shape}, {@code input} and {@code input-dim} have its input, or its size; {@code out-size},
 * {@code out-dim}, {@code output}, {@code classes} and {@code num-classes} have the number of
 * outputs.
 *
 * <p>Parameters have the names of their blocks, as {@link Network} says. Weights are drawn by its
 * default, Kaiming normal. There are no groups of channels.
 *
 * @param block the name of the class
 * @param settings the settings by name
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Djl(
    @Setting(
            "class of the block, such as ai.djl.basicmodelzoo.cv.classification.ResNetV1, whose jar"
                + " is in the folder plugins")
        String block,
    @Setting(
            value = "settings of its builder: num-layers = 18 calls setNumLayers or optNumLayers",
            defaults = "{}")
        Map<String, Object> settings)
    implements Model {

  /** Creates the model with a copy of the settings, without those that are null. */
  public Djl {
    Map<String, Object> copy = new HashMap<>(settings);
    copy.values().removeIf(Objects::isNull);
    settings = Map.copyOf(copy);
  }

  @Override
  public Network build(Task task) {
    Block made = BlockMaker.of(block).make(settings, task);
    try {
      return Network.builder("djl", made, task.input()).build();
    } catch (RefusedException e) {
      throw e;
    } catch (RuntimeException e) { // by a block that does not fit the input
      throw new RefusedException(
          "block",
          block
              + ", which fails for examples of shape "
              + task.input()
              + " ("
              + e.getMessage()
              + ")",
          "a block for such examples");
    }
  }
}
