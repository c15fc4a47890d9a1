// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import dev.espalier.api.Catalog;
import dev.espalier.api.Findings;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The channels that a threshold on batch norm's scales keeps, and the cost of the network before
 * and after. Kept channels have |gamma| above t = sorted[int(N * p)] of the N that compete; see
 * {@link ChannelScores}. Methods of several modules use it.
 *
 * @param threshold t
 * @param channels the kept channels, at least one of each group
 * @param vanishing the groups without a channel above the threshold
 * @param dense the cost of the network
 * @param narrow the cost with the kept channels only
 */
@API(status = API.Status.STABLE, since = "0.1")
public record SlimmingResult(
    float threshold, Channels channels, List<String> vanishing, Cost dense, Cost narrow) {

  /** Creates a result with a copy of the list. */
  public SlimmingResult {
    vanishing = List.copyOf(vanishing);
  }

  /**
   * Keeps the channels of the largest scales.
   *
   * @param network the network
   * @param state its parameters
   * @param p the fraction of the channels to remove, at least 0 and below 1
   * @return the kept channels and the costs
   * @throws IllegalArgumentException if no group has a separate batch norm
   * @throws dev.espalier.api.state.TrialFailed if a gamma is not a number
   */
  public static SlimmingResult of(Network network, State state, double p) {
    ChannelScores gamma = ChannelScores.scales(network, state);
    float t = gamma.threshold(p);
    Channels channels = gamma.above(t);
    return new SlimmingResult(
        t, channels, gamma.vanishing(t), Cost.of(network), Cost.of(network, channels.widths()));
  }

  /**
   * Returns the findings of a ticket of the narrow network.
   *
   * @return {@code macs-of-dense}, {@code macs}, {@code threshold}, {@code channels} and, if a
   *     group had no channel above the threshold, {@code kept-one-channel}
   */
  public Map<String, String> findings() {
    Findings findings =
        new Findings()
            .add("macs-of-dense", dense.macs())
            .add("macs", narrow.macs())
            .add("threshold", threshold)
            .add("channels", channels.toString());
    if (!vanishing.isEmpty()) {
      findings.add("kept-one-channel", String.join(", ", vanishing));
    }
    return findings.map();
  }

  /**
   * Declares the keys of {@link #findings}.
   *
   * @param entry the entry of a method that reports them
   * @return the entry
   */
  public static Catalog.Entry declare(Catalog.Entry entry) {
    return entry
        .finding(
            "macs-of-dense",
            "MACs of the full network",
            "MACs",
            "Multiply-accumulates of the full network for one example.")
        .finding(
            "macs",
            "MACs of the narrow network",
            "MACs",
            "Multiply-accumulates of the narrow network for one example.")
        .finding(
            "threshold", "Threshold", "", "Batch-norm scale that a channel must exceed to be kept.")
        .finding("channels", "Channels kept", "", "Channels kept in each group.")
        .finding(
            "kept-one-channel",
            "Groups with one channel",
            "",
            "Groups without a channel above the threshold; the largest one was kept.");
  }
}
