// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.List;
import org.apiguardian.api.API;

/**
 * An autoencoder of linear layers: flatten, the hidden widths, the bottleneck, the hidden widths in
 * reverse order, and the size of the input, with a ReLU after each layer but the bottleneck and the
 * last. Inputs float32 of shape (batch, ...), any shape; outputs of the same shape.
 *
 * <p>The layers are {@code encoder1}, {@code encoder2}, ..., {@code bottleneck}, {@code decoder1},
 * {@code decoder2}, ... and {@code output}, with weights of shape (out, in) and biases. The neurons
 * of each but the last are a group with the name of the layer. A network of one hidden width h and
 * a bottleneck b, for inputs of n numbers, has 2 h (n + b) weights.
 *
 * <p>Source: Hinton and Salakhutdinov, Science 2006, which has sigmoid units and a linear
 * bottleneck. A ReLU there would let all its units die.
 *
 * @param hidden the hidden widths, from the input to the bottleneck
 * @param bottleneck the width of the bottleneck
 * @param initialiser the initialiser of the weights; biases start at 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Autoencoder(
    @Setting(
            value = "hidden widths, from the input to the bottleneck; the decoder reverses them",
            defaults = "[128]",
            range = "[1, inf)")
        List<Integer> hidden,
    @Setting(value = "width of the bottleneck", defaults = "32", range = "[1, inf)") int bottleneck,
    @Setting(value = "how the weights are drawn; biases start at 0", defaults = "glorot-normal")
        Initialiser initialiser)
    implements Model {

  /** Creates the model, copies the list and checks the widths. */
  public Autoencoder {
    hidden = List.copyOf(hidden);
    Ranges.check(Autoencoder.class, hidden, bottleneck, initialiser);
  }

  @Override
  public Network build(Task task) {
    Shape input = task.numbers();
    if (!task.output().equals(input)) {
      throw new RefusedException(
          "id",
          "autoencoder for outputs of shape " + task.output() + " from inputs of " + input,
          "outputs of the inputs' shape",
          "Set data.objective = reconstruction, or choose a model such as mlp");
    }
    return Chain.network(
            "autoencoder",
            input,
            chain -> {
              chain.add(Blocks.batchFlattenBlock());
              for (int i = 1; i <= hidden.size(); i++) {
                layer(chain, "encoder" + i, hidden.get(i - 1));
              }
              chain.layer("bottleneck", bottleneck, units -> Parts.linear(units, true));
              for (int i = 1; i <= hidden.size(); i++) {
                layer(chain, "decoder" + i, hidden.get(hidden.size() - i));
              }
              chain
                  .output("output", Parts.linear(Math.toIntExact(input.size()), true))
                  .add("shape", new LambdaBlock(flat -> shaped(flat, input)));
            })
        .optInitialiser(initialiser)
        .build();
  }

  private static void layer(Chain chain, String name, int width) {
    chain.layer(name, width, units -> Parts.linear(units, true)).add(Parts.relu());
  }

  private static NDList shaped(NDList flat, Shape shape) {
    return new NDList(flat.singletonOrThrow().reshape(new Shape(-1).addAll(shape)));
  }
}
