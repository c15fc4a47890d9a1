// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.espalier.api.Scalar;

/** Cross-entropy of logits (batch, classes) against labels (batch), in nats. */
final class CrossEntropy {

  private CrossEntropy() {}

  /**
   * Computes the mean over the batch of -(1 - eps) * log p[label] - eps * mean over classes of log
   * p: PyTorch's cross_entropy with label smoothing eps.
   */
  static NDArray mean(NDArray logits, NDArray labels, double labelSmoothing) {
    NDArray logP = logits.logSoftmax(1);
    NDArray target = pick(logP, labels);
    if (labelSmoothing != 0) {
      NDManager manager = logits.getManager();
      target =
          target
              .mul(Scalar.constant(manager, logits.getDataType(), 1 - labelSmoothing))
              .add(
                  logP.mean(new int[] {1})
                      .mul(Scalar.constant(manager, logits.getDataType(), labelSmoothing)));
    }
    return target.mean().neg();
  }

  /** Computes the loss of each example (batch), without smoothing. */
  static NDArray each(NDArray logits, NDArray labels) {
    return pick(logits.logSoftmax(1), labels).neg();
  }

  private static NDArray pick(NDArray logP, NDArray labels) {
    return logP.get(new NDIndex().addAllDim().addPickDim(labels));
  }
}
