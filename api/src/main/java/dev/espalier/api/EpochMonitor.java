// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import org.apiguardian.api.API;

/**
 * A monitor that is called at epoch boundaries, stores a small memory, and may end the training. Up
 * to its end, the training is bit for bit the one without a monitor.
 *
 * <p>A method with a monitor therefore needs one training step only. The store holds one result,
 * and {@link Trained#memory(Class)} returns the memory:
 *
 * <pre>
 * public record LossWatch(double aim) implements EpochMonitor {
 *   public record Memory(List&lt;Double&gt; losses) {}
 *
 *   public Class&lt;Memory&gt; memoryType() {
 *     return Memory.class;
 *   }
 *
 *   public Memory observe(Network network, Trained trained) {
 *     List&lt;Double&gt; losses = new ArrayList&lt;&gt;();
 *     trained.memory(Memory.class).ifPresent(before -&gt; losses.addAll(before.losses()));
 *     losses.add(trained.running().loss() / trained.running().examples());
 *     return new Memory(losses);
 *   }
 * }
 * </pre>
 *
 * <p>Implement it as a public record whose components are all its settings: stored steps are keyed
 * by them, so other modules read them. The memory is a public record too. Its components are
 * numbers, booleans, strings, enum constants, {@link java.util.BitSet}, {@link
 * dev.espalier.api.state.Tensor}, {@link dev.espalier.api.state.State}, such records, and
 * optionals, lists and string-keyed maps of all these.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface EpochMonitor {

  /**
   * Returns the type of the memory, which is needed to read it from disk.
   *
   * @return the class of the records that {@link #observe} returns
   */
  Class<? extends Record> memoryType();

  /**
   * Observes a training before its first step and after the last step of every whole epoch. The
   * first call is skipped if the step does not begin an epoch or a memory exists. A point of the
   * history that is due is added before the call.
   *
   * @param network the network
   * @param trained the position of the training, with the memory of the previous observation
   * @return the new memory
   */
  Record observe(Network network, Trained trained);

  /**
   * Returns whether the training ends here, before the end of its plan.
   *
   * @param trained the position of the training, with the memory of this observation
   * @return true to end it
   */
  default boolean isEnough(Trained trained) {
    return false;
  }

  /**
   * Returns the no-op monitor, for a training without observations.
   *
   * @return a monitor that is never called
   */
  static EpochMonitor none() {
    return new Unobserved();
  }
}
