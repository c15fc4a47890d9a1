// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A monitor that keeps the gates of the best epoch. The best epoch has the highest validation
 * accuracy among the epochs after which at most a share r of the gates is not 0. Of equal epochs it
 * is the first. The network before training does not count.
 *
 * <p>No gate is above 1, so that this share is never below the mean of the gates. The penalty of
 * {@link Gates} moves the mean only to r, so that possibly no epoch qualifies.
 *
 * <p>Source: arXiv:1909.12579 and its code.
 *
 * @param density r
 */
public record BestGates(double density) implements EpochMonitor {

  /**
   * The choice so far.
   *
   * @param densities the shares of the gates that are not 0, after 0, 1, ... epochs
   * @param choice the gates to keep; empty while no epoch had at most r of them open
   */
  public record Memory(List<Float> densities, Optional<Choice> choice) {

    static final Memory NONE = new Memory(List.of(), Optional.empty());

    /** Creates the record and copies the list. */
    public Memory {
      densities = List.copyOf(densities);
    }
  }

  /**
   * The gates of an epoch.
   *
   * @param epoch the epoch, counted from 1
   * @param accuracy on the validation examples
   * @param gates (N)
   */
  public record Choice(int epoch, double accuracy, Tensor gates) {}

  @Override
  public Class<Memory> memoryType() {
    return Memory.class;
  }

  @Override
  public Memory observe(Network network, Trained trained) {
    Memory before = trained.memory(Memory.class).orElse(Memory.NONE);
    int epoch = before.densities().size();
    Tensor gates = trained.variables().get(Gates.GATES);
    List<Float> densities = new ArrayList<>(before.densities());
    densities.add((float) open(gates));
    double accuracy =
        trained
            .history()
            .last()
            .filter(point -> point.iteration() == trained.iteration())
            .map(History.Point::validation)
            .orElse(Evaluation.NONE)
            .score();
    boolean isBest =
        epoch > 0
            && open(gates) <= density
            && accuracy > before.choice().map(Choice::accuracy).orElse(-1.0);
    return new Memory(
        densities, isBest ? Optional.of(new Choice(epoch, accuracy, gates)) : before.choice());
  }

  /** Returns the share of the gates that are not 0. */
  static double open(Tensor gates) {
    int open = 0;
    for (int i = 0; i < gates.size(); i++) {
      open += gates.get(i) == 0 ? 0 : 1;
    }
    return (double) open / gates.size();
  }

  /** Returns the mean of the gates, which the penalty moves to r. */
  static double mean(Tensor gates) {
    double sum = 0;
    for (int i = 0; i < gates.size(); i++) {
      sum += gates.get(i);
    }
    return sum / gates.size();
  }
}
