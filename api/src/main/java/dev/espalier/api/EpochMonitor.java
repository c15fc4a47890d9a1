// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import org.apiguardian.api.API;

/**
 * Looks at a training at the boundaries of its epochs, remembers something small, and may end it.
 * It changes nothing: the bits of the training are those of one without it, up to where it ends.
 *
 * <p>So a method that follows a training epoch by epoch needs one step for it, and what is kept on
 * disk is one result, whose {@link Trained#seen} is what the observer remembers.
 *
 * <p>A value: implement it as a public record, whose components say all about it: remembered steps
 * are known by them, so they are read from outside its module.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface EpochMonitor {

  /**
   * Looks at a training: before its first step, if that begins an epoch and nothing was seen
   * before, and after the last step of every whole epoch, when the history has got its point if one
   * is due then.
   *
   * @param network the network
   * @param trained where the training stands, with what was remembered before in {@link
   *     Trained#seen}
   * @return what to remember now; never empty
   */
  State look(Network network, Trained trained);

  /**
   * Whether the training ends here, before the end of its plan.
   *
   * @param seen what was remembered last
   * @return true to end it
   */
  default boolean isEnough(State seen) {
    return false;
  }

  /**
   * Looks at nothing.
   *
   * @return an observer that remembers nothing of its own and ends nothing
   */
  static EpochMonitor none() {
    return new Unobserved();
  }
}
