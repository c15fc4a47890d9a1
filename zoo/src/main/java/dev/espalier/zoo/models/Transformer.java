// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.nn.Block;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A transformer with learned positions and norms in front of its parts. Inputs are tokens, int64
 * (batch, length), or numbers, float32 (batch, steps, features), which a linear layer maps to the
 * width. The context is the length of the data's examples.
 *
 * <p>For outputs (batch, length, vocabulary) it is a decoder: a place reads itself and earlier
 * places. For outputs (batch, classes) it is an encoder: a place reads all places, and the output
 * layer reads the mean of their states. There, tokens of number 0 are padding, which no place reads
 * and the mean leaves out.
 *
 * <p>With width w, hidden width h and length n, the parameters are {@code embedding.weight}
 * (vocabulary, w), {@code position.weight} (n, w) and, in each {@code block1}, {@code block2}, ...:
 *
 * <ul>
 *   <li>{@code attention.query.weight}, {@code attention.key.weight}, {@code
 *       attention.value.weight} and {@code attention.output.weight}, each (w, w);
 *   <li>{@code feed-forward.hidden.weight} (h, w) and, behind a GELU, {@code
 *       feed-forward.output.weight} (w, h);
 *   <li>a bias for each of these, and {@code norm1} and {@code norm2}.
 * </ul>
 *
 * <p>{@code norm} and {@code output.weight} follow. A decoder's output layer has no biases. If it
 * is tied to the embedding, its weights are {@code embedding.weight}, and no prunable layer has the
 * kind output. Prunable are the weights of attention, of the feed-forward parts and of the output
 * layer, 4 w^2 + 2 w h in a block. There are no groups of channels.
 *
 * <p>Source: Vaswani et al., NeurIPS 2017, arXiv:1706.03762, which has norms behind the parts, ReLU
 * and fixed positions.
 *
 * @param layers the number of blocks
 * @param width w
 * @param heads the number of heads, a divisor of w
 * @param hidden h; 4 w if empty
 * @param dropout the rate of dropout
 * @param tiedEmbeddings whether a decoder's output layer has the weights of the embedding
 * @param pruneEmbeddings whether the table of tokens is prunable
 * @param initialiser the initialiser of the weights; biases start at 0
 * @param embeddings the initialiser of the tables of tokens and positions
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Transformer(
    @Setting(value = TransformerLayer.LAYERS, defaults = "4", range = "[1, inf)") int layers,
    @Setting(value = TransformerLayer.WIDTH, defaults = "128", range = "[1, inf)") int width,
    @Setting(value = TransformerLayer.HEADS, defaults = "4", range = "[1, inf)") int heads,
    @Setting(value = TransformerLayer.HIDDEN, range = "[1, inf)") Optional<Integer> hidden,
    @Setting(value = TransformerLayer.DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
    @Setting(
            value = "whether the output layer of a language model has the weights of the embedding",
            defaults = "true")
        boolean tiedEmbeddings,
    @Setting(
            value = "whether the table of tokens can be pruned; that of positions cannot",
            defaults = "false")
        boolean pruneEmbeddings,
    @Setting(value = "how the weights are drawn; biases start at 0", defaults = "glorot-uniform")
        Initialiser initialiser,
    @Setting(
            value = "how the tables of tokens and positions are drawn",
            defaults = "{ id = normal, deviation = 0.02 }")
        Initialiser embeddings)
    implements Model {

  /** Creates the model, checks the ranges, and checks that the heads divide the width. */
  public Transformer {
    Ranges.check(
        Transformer.class,
        layers,
        width,
        heads,
        hidden,
        dropout,
        tiedEmbeddings,
        pruneEmbeddings,
        initialiser,
        embeddings);
    checkHeads(width, heads);
  }

  static void checkHeads(int width, int heads) {
    if (width % heads != 0) {
      throw new RefusedException("heads", heads, "a divisor of the width " + width);
    }
  }

  @Override
  public Network build(Task task) {
    SequenceNet net = SequenceNet.of("transformer", task, SequenceNet.Summary.MEAN);
    int outputs = SequenceNet.outputs(task);
    Block output = Parts.linear(outputs, !net.isForEachPlace());
    if (task.isOfTokens()) {
      Lookup tokens = new Lookup(task.vocabulary(), width);
      net.add("embedding", tokens);
      if (net.isForEachPlace() && tiedEmbeddings && outputs == task.vocabulary()) {
        output = tokens.asOutput();
      }
    } else {
      net.add("embedding", Parts.linear(width, true));
    }
    net.add("position", new Positions())
        .dropout("dropout", dropout)
        .blocks(layers, () -> new TransformerLayer(width, heads, hidden.orElse(4 * width), dropout))
        .add("norm", Parts.layerNorm())
        .output(output);
    Network.Builder network =
        Network.builder("transformer", net, task.input())
            .optInitialiser(initialiser)
            .optInitialiser("position.weight", embeddings)
            .optPrunable("position.weight", false);
    if (task.isOfTokens()) {
      network
          .optInitialiser("embedding.weight", embeddings)
          .optPrunable("embedding.weight", pruneEmbeddings);
    }
    return network.build();
  }
}
