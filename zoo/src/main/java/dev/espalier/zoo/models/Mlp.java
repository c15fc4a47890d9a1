// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A multi-layer perceptron: flatten, then linear layers with a ReLU after each except the last.
 * Inputs float32 of shape (batch, ...), any shape; outputs logits of shape (batch, classes). The
 * layers are {@code fc1}, {@code fc2}, ... in order, with weights of shape (out, in); the neurons
 * of each except the last are a group with the name of the layer.
 *
 * @param hidden the widths of the hidden layers; an empty list gives a linear classifier
 * @param biases whether layers have biases
 * @param initialiser the initialiser of the weights; biases start at 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Mlp(
    @Setting(
            value = "widths of the hidden layers, from input to output",
            defaults = "[300, 100]",
            range = "[1, inf)")
        List<Integer> hidden,
    @Setting(value = "whether layers have biases", defaults = "true") boolean biases,
    @Setting(value = "how the weights are drawn; biases start at 0", defaults = "glorot-normal")
        Initialiser initialiser)
    implements Model {

  /** Creates the model, copies the list and checks the widths. */
  public Mlp {
    hidden = List.copyOf(hidden);
    Ranges.check(Mlp.class, hidden, biases, initialiser);
  }

  @Override
  public Network build(Task task) {
    return network("mlp", task.numbers(), task.outputs());
  }

  Network network(String name, Shape input, int classes) {
    return Chain.network(
            name,
            input,
            chain -> {
              chain.add("flatten", Blocks.batchFlattenBlock());
              for (int i = 0; i < hidden.size(); i++) {
                chain
                    .layer("fc" + (i + 1), hidden.get(i), units -> Parts.linear(units, biases))
                    .add("relu" + (i + 1), Activation.reluBlock());
              }
              chain.output("fc" + (hidden.size() + 1), Parts.linear(classes, biases));
            })
        .optInitialiser(initialiser)
        .build();
  }
}
