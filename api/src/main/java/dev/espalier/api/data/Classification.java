// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scalar;
import java.util.List;
import java.util.OptionalInt;
import org.apiguardian.api.API;

/**
 * Classification: targets are labels from 0 to classes - 1, and outputs are logits (classes).
 *
 * <p>The loss of an example is -log softmax(logits)[label], in nats. Training minimises its mean
 * with label smoothing epsilon: -(1 - epsilon) * log p[label] - epsilon * mean over classes of log
 * p, as PyTorch's cross_entropy. The metrics are accuracy and, for more than ten classes, top-5
 * accuracy.
 *
 * @param labelSmoothing epsilon
 * @param metric the metric that decides
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Classification(
    @Setting(
            value = "share of the target spread evenly over all classes",
            defaults = "0",
            range = "[0, 1)")
        double labelSmoothing,
    @Setting(value = "the metric that decides", defaults = "accuracy") Choice metric)
    implements Objective {

  /** The metrics of classification. */
  public enum Choice {
    /** The fraction of examples whose class has the largest score. */
    ACCURACY,
    /** The fraction of examples whose class is among the five largest scores. */
    TOP_5
  }

  private static final Metric TOP_5 =
      new Metric("top-5-accuracy", "%", Metric.Direction.HIGHER, 0.005);

  /** Data with no more classes have no top-5 accuracy, which would be near 1. */
  private static final int FEW_CLASSES = 10;

  /** Creates the settings and checks the range. */
  public Classification {
    Ranges.check(Classification.class, labelSmoothing, metric);
  }

  /** Creates classification by accuracy, without label smoothing. */
  public Classification() {
    this(0, Choice.ACCURACY);
  }

  @Override
  public List<Metric> metrics(int classes) {
    if (classes <= FEW_CLASSES) {
      return List.of(Metric.ACCURACY);
    }
    return metric == Choice.ACCURACY
        ? List.of(Metric.ACCURACY, TOP_5)
        : List.of(TOP_5, Metric.ACCURACY);
  }

  @Override
  public Shape output(Shape target, int classes) {
    return new Shape(classes);
  }

  @Override
  public NDArray losses(NDArray logits, NDArray labels) {
    return pick(logits.logSoftmax(1), labels).neg().reshape(-1);
  }

  @Override
  public NDArray loss(NDArray logits, NDArray labels) {
    NDArray logP = logits.logSoftmax(1);
    NDArray target = pick(logP, labels);
    if (labelSmoothing != 0) {
      NDManager manager = logits.getManager();
      // (batch, 1) + (batch): the mean over all pairs is the sum of both means. A sum of equal
      // shapes would round differently from trainings of earlier versions.
      target =
          target
              .mul(Scalar.constant(manager, logits.getDataType(), 1 - labelSmoothing))
              .add(
                  logP.mean(new int[] {1})
                      .mul(Scalar.constant(manager, logits.getDataType(), labelSmoothing)));
    }
    return target.mean().neg();
  }

  /** Returns log p of the labels: (batch, 1). */
  private static NDArray pick(NDArray logP, NDArray labels) {
    return logP.get(new NDIndex().addAllDim().addPickDim(labels));
  }

  @Override
  public NDList scores(NDArray logits, NDArray labels) {
    NDArray first = logits.argMax(1).eq(labels);
    if (logits.getShape().get(1) <= FEW_CLASSES) {
      return new NDList(first);
    }
    NDArray largest = logits.topK(5, 1, true, true).get(1);
    // The five are different classes, so that the sum is 0 or 1.
    NDArray within =
        largest.eq(labels.expandDims(1)).toType(DataType.FLOAT32, false).sum(new int[] {1});
    return metric == Choice.ACCURACY ? new NDList(first, within) : new NDList(within, first);
  }

  @Override
  public void check(Data data, Refusals refusals) {
    for (Examples part : data.parts()) {
      if (!part.isLabelled()) {
        refusals.add(
            "id",
            "classification of " + data.name() + ", whose targets are " + part.targets(),
            "a label for each example");
        return;
      }
      OptionalInt bad = part.targets().firstOutside(0, data.classes());
      if (bad.isPresent()) {
        refusals.add(
            "label",
            "label " + bad.getAsInt() + " in " + data.name(),
            "0 to " + (data.classes() - 1));
        return;
      }
    }
    if (metric == Choice.TOP_5 && data.classes() <= FEW_CLASSES) {
      refusals.add(
          "metric",
          "top-5 for the " + data.classes() + " classes of " + data.name(),
          "accuracy",
          "top-5 is for more than " + FEW_CLASSES + " classes");
    }
  }
}
