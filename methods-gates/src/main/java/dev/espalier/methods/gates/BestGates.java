// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Looks for the gates to keep: those after the epoch of best validation accuracy among the epochs
 * after which at most a share r of the gates is not 0; the first of equal ones. The network before
 * training is not among them.
 *
 * <p>Remembered are {@code densities} (epochs + 1), the shares after 0, 1, ... epochs, and, once
 * there is one, the choice: {@code gates} (N), its {@code epoch}, counted from 1, and its {@code
 * accuracy}.
 *
 * <p>As no gate is above 1, that share is never below the mean of the gates, which the penalty of
 * {@link Gates} draws to r and no further: it may well be that no epoch has so few.
 *
 * <p>Source: arXiv:1909.12579 and its code.
 *
 * @param density r
 */
public record BestGates(double density) implements EpochMonitor {

  static final String DENSITIES = "densities";
  static final String EPOCH = "epoch";
  static final String ACCURACY = "accuracy";

  @Override
  public State look(Network network, Trained trained) {
    Map<String, Tensor> seen = new LinkedHashMap<>(trained.seen().tensors());
    Tensor gates = trained.variables().get(Gates.GATES);
    float[] before = {};
    if (seen.containsKey(DENSITIES)) {
      before = new float[seen.get(DENSITIES).size()];
      seen.get(DENSITIES).values().get(before);
    }
    int epoch = before.length;
    float[] densities = Arrays.copyOf(before, epoch + 1);
    densities[epoch] = (float) open(gates);
    seen.put(DENSITIES, Tensor.of(new Shape(epoch + 1), densities));
    // A float tells apart what differs by one validation example, up to 16.7 million of them.
    float accuracy =
        (float)
            trained
                .history()
                .last()
                .filter(point -> point.iteration() == trained.iteration())
                .map(History.Point::validation)
                .orElse(Evaluation.NONE)
                .accuracy();
    float best = seen.containsKey(ACCURACY) ? seen.get(ACCURACY).get(0) : -1;
    if (epoch > 0 && open(gates) <= density && accuracy > best) {
      seen.put(Gates.GATES, gates);
      seen.put(EPOCH, number(epoch));
      seen.put(ACCURACY, number(accuracy));
    }
    return State.of(seen);
  }

  /** The share of the gates that are not 0. */
  static double open(Tensor gates) {
    int open = 0;
    for (int i = 0; i < gates.size(); i++) {
      open += gates.get(i) == 0 ? 0 : 1;
    }
    return (double) open / gates.size();
  }

  private static Tensor number(float value) {
    return Tensor.of(new Shape(1), value);
  }
}
