// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Initialisers;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A vision transformer: a convolution whose stride is its kernel maps each patch of an image to the
 * width. Learned positions, the blocks of {@link Transformer} as an encoder, and a linear output
 * layer follow. Inputs (batch, channels, height, width), whose sides are multiples of the patch's;
 * outputs (batch, classes).
 *
 * <p>With width w, c channels and patches of side p, the parameters are {@code patches.weight} (w,
 * c, p, p) and its bias, {@code class-token.weight} (w) where the output reads that, {@code
 * position.weight} (places, w), those of the blocks, {@code norm}, {@code output.weight} and {@code
 * output.bias}. Prunable are all weights of two axes or more but the positions. There are no groups
 * of channels. The class token starts at 0, the positions at N(0, 0.02^2).
 *
 * <p>Source: Dosovitskiy et al., ICLR 2021, arXiv:2010.11929.
 *
 * @param patch p, in pixels
 * @param layers the number of blocks
 * @param width w
 * @param heads the number of heads, a divisor of w
 * @param hidden the hidden width of the feed-forward parts; 4 w if empty
 * @param dropout the rate of dropout
 * @param pooling the states that the output layer reads
 * @param initialiser the initialiser of the weights; biases start at 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Vit(
    @Setting(value = "side of a patch in pixels", defaults = "4", range = "[1, inf)") int patch,
    @Setting(value = TransformerLayer.LAYERS, defaults = "6", range = "[1, inf)") int layers,
    @Setting(value = TransformerLayer.WIDTH, defaults = "128", range = "[1, inf)") int width,
    @Setting(value = TransformerLayer.HEADS, defaults = "4", range = "[1, inf)") int heads,
    @Setting(value = TransformerLayer.HIDDEN, range = "[1, inf)") Optional<Integer> hidden,
    @Setting(value = TransformerLayer.DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
    @Setting(
            value = "states that the output layer reads: that of a class token, or their mean",
            defaults = "class-token")
        Pooling pooling,
    @Setting(value = "how the weights are drawn; biases start at 0", defaults = "glorot-uniform")
        Initialiser initialiser)
    implements Model {

  private static final Initialiser POSITIONS = new Initialisers.Normal(0.02);

  /** The states that the output layer reads. */
  public enum Pooling {
    /** The state of a learned vector in front of the patches. */
    CLASS_TOKEN,
    /** The mean of the states of the patches. */
    MEAN
  }

  /** Creates the model, checks the ranges, and checks that the heads divide the width. */
  public Vit {
    Ranges.check(Vit.class, patch, layers, width, heads, hidden, dropout, pooling, initialiser);
    Transformer.checkHeads(width, heads);
  }

  @Override
  public Network build(Task task) {
    Shape input = task.numbers();
    int classes = task.outputs();
    Parts.check("vit", input, patch);
    if (input.get(1) % patch != 0 || input.get(2) % patch != 0) {
      throw new RefusedException(
          "patch",
          patch + " for images of " + input.get(1) + "x" + input.get(2) + " pixels",
          "a divisor of both sides");
    }
    boolean isOfToken = pooling == Pooling.CLASS_TOKEN;
    SequenceNet net =
        new SequenceNet(isOfToken ? SequenceNet.Summary.FIRST : SequenceNet.Summary.MEAN, false);
    net.add("patches", Parts.convolution(patch, width, patch, 0, true))
        .add("sequence", new LambdaBlock(Vit::sequence));
    if (isOfToken) {
      net.add("class-token", new ClassToken());
    }
    net.add("position", new Positions())
        .dropout("dropout", dropout)
        .blocks(layers, () -> new TransformerLayer(width, heads, hidden.orElse(4 * width), dropout))
        .add("norm", Parts.layerNorm())
        .output(Parts.linear(classes, true));
    return Network.builder("vit", net, input)
        .optInitialiser(initialiser)
        .optInitialiser("position.weight", POSITIONS)
        .optPrunable("position.weight", false)
        .build();
  }

  /** Turns feature maps (batch, width, height, width) into a sequence (batch, places, width). */
  private static NDList sequence(NDList maps) {
    NDArray x = maps.singletonOrThrow();
    Shape shape = x.getShape();
    return new NDList(x.reshape(shape.get(0), shape.get(1), -1).swapAxes(1, 2));
  }
}
