// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * Language modelling: targets are the next tokens (length), from 0 to vocabulary - 1, and outputs
 * are logits (length, vocabulary). A target of {@link #PADDING} does not count.
 *
 * <p>The loss of an example is the mean over its tokens of -log softmax(logits)[target], in nats.
 * An example weighs as many tokens as count, so that a mean over examples is one over tokens. The
 * metrics are bits per token, loss / ln 2, and perplexity, exp(loss). For a text of characters a
 * token is a character.
 *
 * @param metric the metric that decides
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record LanguageModelling(
    @Setting(value = "the metric that decides", defaults = "bits-per-token") Choice metric)
    implements Objective {

  /** The target of a position that does not count, such as one behind the end of a text. */
  public static final int PADDING = -1;

  private static final Metric BITS =
      new Metric("bits-per-token", "bits", Metric.Direction.LOWER, 0.02);
  private static final Metric PERPLEXITY =
      new Metric("perplexity", "", Metric.Direction.LOWER, 0.1);

  /** The metrics of language modelling. */
  public enum Choice {
    /** The mean over tokens of -log2 p[target]. */
    BITS_PER_TOKEN,
    /** 2 to the power of the bits per token. */
    PERPLEXITY
  }

  /** Creates language modelling by bits per token. */
  public LanguageModelling() {
    this(Choice.BITS_PER_TOKEN);
  }

  @Override
  public List<Metric> metrics(int classes) {
    return metric == Choice.BITS_PER_TOKEN ? List.of(BITS, PERPLEXITY) : List.of(PERPLEXITY, BITS);
  }

  @Override
  public Shape output(Shape target, int classes) {
    return target.add(classes);
  }

  @Override
  public NDArray losses(NDArray logits, NDArray targets) {
    Shape shape = targets.getShape();
    long vocabulary = logits.getShape().get(logits.getShape().dimension() - 1);
    NDArray logP = logits.reshape(shape.size(), vocabulary).logSoftmax(1);
    NDArray real = targets.maximum(0).reshape(shape.size());
    NDArray each = logP.get(new NDIndex().addAllDim().addPickDim(real)).neg();
    NDArray counts = counts(targets).toType(each.getDataType(), false);
    NDArray sums = each.reshape(counts.getShape()).mul(counts).sum(new int[] {1});
    return sums.div(counts.sum(new int[] {1}).maximum(1));
  }

  @Override
  public Optional<NDArray> weights(NDArray targets) {
    return Optional.of(counts(targets).toType(DataType.FLOAT32, false).sum(new int[] {1}));
  }

  /** Whether a target counts: (batch, tokens), booleans. */
  private static NDArray counts(NDArray targets) {
    return targets.gte(0).reshape(targets.getShape().get(0), -1);
  }

  @Override
  public List<Double> values(double loss, List<Double> scores, Examples examples) {
    double bits = loss / Math.log(2);
    double perplexity = Math.exp(loss);
    return metric == Choice.BITS_PER_TOKEN ? List.of(bits, perplexity) : List.of(perplexity, bits);
  }

  /**
   * Computes the cross-entropy of the test targets under the frequencies of the training targets:
   * the bits per token of a model that ignores its input. Each token counts once more than it
   * occurs, so that no test token is impossible.
   *
   * @param data data whose targets are tokens from 0 to classes - 1, and {@link #PADDING}
   * @return bits per token
   */
  public static double unigramEntropy(Data data) {
    long[] counts = new long[data.classes()];
    Arrays.fill(counts, 1);
    Arrays.stream(data.train().targets().ints())
        .filter(token -> token != PADDING)
        .forEach(token -> counts[token]++);
    double all = Arrays.stream(counts).sum();
    return Arrays.stream(data.test().targets().ints())
        .filter(token -> token != PADDING)
        .mapToDouble(token -> -Math.log(counts[token] / all) / Math.log(2))
        .average()
        .orElse(Double.NaN);
  }

  @Override
  public void check(Data data, Refusals refusals) {
    for (Examples part : data.parts()) {
      Rows targets = part.targets();
      if (targets.type() != DataType.INT32 || targets.shape().dimension() == 0) {
        refusals.add(
            "id",
            "language modelling of " + data.name() + ", whose targets are " + targets,
            "a sequence of tokens for each example",
            "Choose data such as text");
        return;
      }
      targets
          .firstOutside(PADDING, data.classes())
          .ifPresent(
              token ->
                  refusals.add(
                      "target",
                      "token " + token + " in " + data.name(),
                      "0 to " + (data.classes() - 1) + ", or " + PADDING + " for padding"));
      if (targets.size() > 0 && targets.firstOutside(PADDING, PADDING + 1).isEmpty()) {
        refusals.add("target", "padding alone in " + data.name(), "at least one token");
      }
    }
  }
}
