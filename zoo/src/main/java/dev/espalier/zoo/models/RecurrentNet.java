// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/**
 * Recurrent networks for sequences: an embedding of tokens, layers of one kind of cell with dropout
 * between, and a linear output layer. Inputs are tokens, int64 (batch, length), or numbers, float32
 * (batch, steps, features), which the first layer reads without an embedding. States start at 0.
 *
 * <p>Outputs (batch, length, vocabulary) are computed from the state at each place. Outputs (batch,
 * classes) are computed from the last state, or from the mean of the states. There, tokens of
 * number 0 are padding at the end of a sequence, whose states are left out.
 *
 * <p>With width w and g gates, the parameters are {@code embedding.weight} (vocabulary, w) and, in
 * each {@code layer1}, {@code layer2}, ..., {@code input.weight} (g w, features), {@code
 * hidden.weight} (g w, w), {@code input.bias} and {@code hidden.bias} (g w), with the gates in
 * PyTorch's order. {@code output.weight} and {@code output.bias} follow. Prunable are the weights
 * of the layers, 2 g w^2 where the input has width w, and of the output. There are no groups of
 * channels.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class RecurrentNet {

  private static final String LAYERS = "number of recurrent layers";
  private static final String WIDTH = "width of the embedding and of the states";
  private static final String DROPOUT =
      "rate of dropout on embeddings and behind each recurrent layer";
  private static final String POOLING = "states that a vector of outputs is computed from";
  private static final String PRUNE = "whether the table of tokens can be pruned";
  private static final String EMBEDDINGS = "how the table of tokens is drawn";
  private static final String INITIALISER = "how the weights are drawn; biases start at 0";

  /** The states that the output layer reads, if there is one vector of outputs for each example. */
  public enum Pooling {
    /** The state at the last place that is not padding. */
    LAST,
    /** The mean of the states at places that are not padding. */
    MEAN
  }

  private RecurrentNet() {}

  /**
   * {@link RecurrentNet} of LSTM cells, with four gates: input, forget, candidate, output.
   *
   * <p>Source: Hochreiter and Schmidhuber, Neural Computation 1997; the forget gate is that of
   * Gers, Schmidhuber and Cummins, Neural Computation 2000.
   *
   * @param layers the number of recurrent layers
   * @param width w
   * @param dropout the rate of dropout
   * @param pooling the states that a vector of outputs is computed from
   * @param pruneEmbeddings whether the table of tokens is prunable
   * @param initialiser the initialiser of the weights; other biases start at 0
   * @param embeddings the initialiser of the table of tokens
   * @param forgetBias the initial bias of the forget gate, in {@code input.bias}
   */
  public record Lstm(
      @Setting(value = LAYERS, defaults = "1", range = "[1, inf)") int layers,
      @Setting(value = WIDTH, defaults = "128", range = "[1, inf)") int width,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = POOLING, defaults = "last") Pooling pooling,
      @Setting(value = PRUNE, defaults = "false") boolean pruneEmbeddings,
      @Setting(value = INITIALISER, defaults = "pytorch-default") Initialiser initialiser,
      @Setting(value = EMBEDDINGS, defaults = "{ id = normal, deviation = 1 }")
          Initialiser embeddings,
      @Setting(value = "initial bias of the forget gate", defaults = "1") double forgetBias)
      implements Model {

    /** Creates the model and checks the ranges. */
    public Lstm {
      Ranges.check(
          Lstm.class,
          layers,
          width,
          dropout,
          pooling,
          pruneEmbeddings,
          initialiser,
          embeddings,
          forgetBias);
    }

    @Override
    public Network build(Task task) {
      Form form = new Form(Recurrent.Cell.LSTM, layers, width, dropout, pooling);
      Network.Builder network = network(form, task).optInitialiser(initialiser);
      for (int i = 1; i <= layers; i++) {
        network.optInitialiser("layer" + i + ".input.bias", new ForgetBias(forgetBias));
      }
      return tables(network, task, pruneEmbeddings, embeddings).build();
    }
  }

  /**
   * {@link RecurrentNet} of gated recurrent units, with three gates: reset, update, candidate.
   *
   * <p>Source: Cho et al., EMNLP 2014, arXiv:1406.1078; the reset gate multiplies the product with
   * the hidden weights, as in PyTorch.
   *
   * @param layers the number of recurrent layers
   * @param width w
   * @param dropout the rate of dropout
   * @param pooling the states that a vector of outputs is computed from
   * @param pruneEmbeddings whether the table of tokens is prunable
   * @param initialiser the initialiser of the weights; biases start at 0
   * @param embeddings the initialiser of the table of tokens
   */
  public record Gru(
      @Setting(value = LAYERS, defaults = "1", range = "[1, inf)") int layers,
      @Setting(value = WIDTH, defaults = "128", range = "[1, inf)") int width,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = POOLING, defaults = "last") Pooling pooling,
      @Setting(value = PRUNE, defaults = "false") boolean pruneEmbeddings,
      @Setting(value = INITIALISER, defaults = "pytorch-default") Initialiser initialiser,
      @Setting(value = EMBEDDINGS, defaults = "{ id = normal, deviation = 1 }")
          Initialiser embeddings)
      implements Model {

    /** Creates the model and checks the ranges. */
    public Gru {
      Ranges.check(
          Gru.class, layers, width, dropout, pooling, pruneEmbeddings, initialiser, embeddings);
    }

    @Override
    public Network build(Task task) {
      Form form = new Form(Recurrent.Cell.GRU, layers, width, dropout, pooling);
      Network.Builder network = network(form, task).optInitialiser(initialiser);
      return tables(network, task, pruneEmbeddings, embeddings).build();
    }
  }

  /** The settings that both have. */
  private record Form(
      Recurrent.Cell cell, int layers, int width, double dropout, Pooling pooling) {}

  /** Biases of 0, but of the forget gate: the second quarter. */
  private record ForgetBias(double value) implements Initialiser {

    @Override
    public float[] draw(Shape shape, RandomGenerator random) {
      float[] biases = new float[Math.toIntExact(shape.size())];
      Arrays.fill(biases, biases.length / 4, biases.length / 2, (float) value);
      return biases;
    }
  }

  private static Network.Builder network(Form form, Task task) {
    String name = Names.word(form.cell());
    SequenceNet net =
        SequenceNet.of(
            name,
            task,
            form.pooling() == Pooling.LAST ? SequenceNet.Summary.LAST : SequenceNet.Summary.MEAN);
    if (task.isOfTokens()) {
      net.add("embedding", new Lookup(task.vocabulary(), form.width()))
          .dropout("dropout", form.dropout());
    }
    for (int i = 1; i <= form.layers(); i++) {
      net.add("layer" + i, new Recurrent(form.cell(), form.width()))
          .dropout("dropout" + i, form.dropout());
    }
    net.output(Parts.linear(SequenceNet.outputs(task), true));
    return Network.builder(name, net, task.input());
  }

  private static Network.Builder tables(
      Network.Builder network, Task task, boolean isPrunable, Initialiser initialiser) {
    return task.isOfTokens()
        ? network
            .optInitialiser("embedding.weight", initialiser)
            .optPrunable("embedding.weight", isPrunable)
        : network;
  }
}
