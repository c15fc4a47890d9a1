// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import org.apiguardian.api.API;

/**
 * Observes a training at the boundaries of its epochs, keeps a small memory, and may end it. It
 * changes nothing: the bits of the training are those of one without it, up to where it ends.
 *
 * <p>So a method that follows a training epoch by epoch needs one step for it. What is kept on disk
 * is one result, and {@link Trained#memory(Class)} returns the memory:
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
 *     losses.add(trained.running().mean().loss());
 *     return new Memory(losses);
 *   }
 * }
 * </pre>
 *
 * <p>Implement it as a public record, whose components are all its settings: remembered steps are
 * known by them, so they are read from outside its module. The memory is a public record too, of
 * numbers, booleans, strings, enum constants, {@link java.util.BitSet}, {@link
 * dev.espalier.api.state.Tensor}, {@link dev.espalier.api.state.State}, such records, and
 * optionals, lists and maps by string of all these.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface EpochMonitor {

  /**
   * The type of the memory, by which it is read from disk.
   *
   * @return the class of the records that {@link #observe} returns
   */
  Class<? extends Record> memoryType();

  /**
   * Observes a training: before its first step, if that begins an epoch and there is no memory yet,
   * and after the last step of every whole epoch. By then the history has its point, if one is due.
   *
   * @param network the network
   * @param trained where the training stands, with the memory of the observation before
   * @return the new memory
   */
  Record observe(Network network, Trained trained);

  /**
   * Whether the training ends here, before the end of its plan.
   *
   * @param trained where the training stands, with the memory of this observation
   * @return true to end it
   */
  default boolean isEnough(Trained trained) {
    return false;
  }

  /**
   * No monitor: a training without observations.
   *
   * @return the monitor that is never called
   */
  static EpochMonitor none() {
    return new Unobserved();
  }
}
