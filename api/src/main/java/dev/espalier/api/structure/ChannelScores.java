// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.OneEach;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Scores of channels: one number per removable channel, for a ranking over all groups. Channels of
 * a group without scores are always kept.
 *
 * @param all all groups of the network
 * @param scored the groups whose channels have a score
 * @param values their scores (N), in the order of groups and channels
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ChannelScores(List<Group> all, List<Group> scored, Tensor values) {

  /** Creates scores from copies of the lists. */
  public ChannelScores {
    all = List.copyOf(all);
    scored = List.copyOf(scored);
  }

  /**
   * Computes the scores |gamma| of batch norm (network slimming, arXiv:1708.06519), for groups with
   * the one batch norm of {@link Group#gated}. So the sums of residual blocks keep their width; in
   * the paper's code each block selects from them.
   *
   * @param network the network
   * @param state its parameters
   * @return the scores
   * @throws RefusedException if no group has such a batch norm
   * @throws TrialFailed if a gamma is not a number
   */
  public static ChannelScores scales(Network network, State state) {
    List<Group> groups = withScale(network);
    float[] values = new float[channels(groups)];
    int from = 0;
    for (Group group : groups) {
      Tensor gamma = state.get(gamma(network, group).orElseThrow());
      for (int c = 0; c < gamma.size(); c++) {
        if (Float.isNaN(gamma.get(c))) {
          throw new TrialFailed(
              "batch norm of "
                  + group.name()
                  + ": found a gamma of NaN, allowed are numbers; lower the learning rate");
        }
        values[from++] = Math.abs(gamma.get(c));
      }
    }
    return new ChannelScores(network.groups(), groups, Tensor.of(new Shape(from), values));
  }

  /**
   * Returns the groups that {@link #scales} scores.
   *
   * @param network the network
   * @return groups with one gated batch norm, in the network's order
   * @throws RefusedException if no group is scored
   */
  public static List<Group> withScale(Network network) {
    Refusals.require(refusals -> check(network, "network", "", refusals));
    return scaled(network);
  }

  private static List<Group> scaled(Network network) {
    return network.groups().stream().filter(group -> gamma(network, group).isPresent()).toList();
  }

  /**
   * Checks that {@link #scales} scores a group of the network, and warns about other groups.
   *
   * @param network the network
   * @param key the key of the setting that needs scores
   * @param remedy the remedy; may be empty
   * @param refusals collects the errors
   */
  public static void check(Network network, String key, String remedy, Refusals refusals) {
    if (scaled(network).isEmpty()) {
      refusals.add(
          key,
          network.name()
              + (network.groups().isEmpty()
                  ? ", a network that names no groups of channels"
                  : ", a network with no trained batch norm for a single group of channels"),
          "one with channels and batch norm, such as vgg-11 or resnet-20",
          remedy);
    } else {
      warn(network, scaled(network), "one trained batch norm", key, refusals);
    }
  }

  /**
   * Warns about groups whose channels a method cannot remove.
   *
   * @param network the network
   * @param removable the other groups
   * @param lack the thing that they have and these groups lack
   * @param key the key of the setting that selects the method
   * @param refusals collects the warning
   */
  public static void warn(
      Network network, List<Group> removable, String lack, String key, Refusals refusals) {
    List<Group> kept = network.groups().stream().filter(g -> !removable.contains(g)).toList();
    if (!kept.isEmpty()) {
      refusals.warn(
          key,
          "groups of channels without "
              + lack
              + ": "
              + kept.stream().map(Group::name).collect(Collectors.joining(", ")),
          "whose "
              + channels(kept)
              + " of "
              + channels(network.groups())
              + " channels are not removed",
          "Fractions of channels are of the other " + channels(removable));
    }
  }

  private static int channels(List<Group> groups) {
    return groups.stream().mapToInt(Group::size).sum();
  }

  /**
   * Checks that the fraction of channels to remove by {@link #scales} leaves at least as many
   * channels as groups; otherwise a group would lose all its channels. A network without scores
   * passes; see {@link #check(Network, String, String, Refusals)}.
   *
   * @param network the network
   * @param p the fraction; see {@link #threshold}
   * @param key the key of the fraction
   * @param refusals collects the errors
   */
  public static void check(Network network, double p, String key, Refusals refusals) {
    List<Group> groups = scaled(network);
    int n = channels(groups);
    OneEach channels =
        new OneEach(
            "channels that may be removed from " + network.name(), n, "groups", groups.size());
    int kept = Math.max(0, n - (int) (n * p) - 1); // the channel of the threshold itself goes too
    channels.check(key, p, kept, "less than " + channels.mostRemoved(), refusals);
  }

  /**
   * Computes the threshold of network slimming: t = sorted[int(N * p)], the scores in ascending
   * order.
   *
   * @param p the fraction of the channels to remove, at least 0 and below 1
   * @return t
   */
  public float threshold(double p) {
    float[] sorted = new float[values.size()];
    values.values().get(sorted);
    Arrays.sort(sorted);
    return sorted[(int) (sorted.length * p)];
  }

  /**
   * Selects the channels strictly above a threshold; every group keeps at least one.
   *
   * @param t the threshold
   * @return those channels, and for a group without any the channel of its largest score, the first
   *     among equals
   */
  public Channels above(float t) {
    return channels(bits(t));
  }

  /**
   * Selects the channels of the largest scores; every group keeps at least one channel.
   *
   * @param count the number of channels to keep; among equal scores at the border, the first in the
   *     order of groups
   * @return {@code count} channels, or more if groups keep one channel below the border
   */
  public Channels largest(int count) {
    BitSet bits = new BitSet();
    IntStream.range(0, values.size())
        .boxed()
        .sorted(Comparator.comparing(i -> -values.get(i)))
        .limit(count)
        .forEach(bits::set);
    return channels(bits);
  }

  /**
   * Finds the scores strictly above a threshold.
   *
   * @param t the threshold
   * @return bit i is set for score i
   */
  public BitSet bits(float t) {
    BitSet bits = new BitSet(values.size());
    IntStream.range(0, values.size()).filter(i -> values.get(i) > t).forEach(bits::set);
    return bits;
  }

  /**
   * Returns the groups without a channel above a threshold.
   *
   * @param t the threshold
   * @return their names; {@link #above} keeps one channel of each
   */
  public List<String> vanishing(float t) {
    BitSet bits = bits(t);
    return scored.stream().filter(group -> own(group, bits).isEmpty()).map(Group::name).toList();
  }

  private Channels channels(BitSet bits) {
    return Channels.of(
        all,
        group -> {
          if (!scored.contains(group)) {
            BitSet whole = new BitSet();
            whole.set(0, group.size());
            return whole;
          }
          BitSet own = own(group, bits);
          if (own.isEmpty()) {
            int from = from(group);
            own.set(
                IntStream.range(0, group.size())
                    .boxed()
                    .max(
                        Comparator.<Integer, Float>comparing(c -> values.get(from + c))
                            .thenComparing(Comparator.reverseOrder()))
                    .orElseThrow());
          }
          return own;
        });
  }

  /** Returns the index of a group's first score. */
  private int from(Group group) {
    return scored.stream().takeWhile(before -> !before.equals(group)).mapToInt(Group::size).sum();
  }

  private BitSet own(Group group, BitSet bits) {
    int from = from(group);
    return bits.get(from, from + group.size());
  }

  private static Optional<String> gamma(Network network, Group group) {
    return group.gated().stream()
        .filter(name -> network.parameters().get(name).getType() == Parameter.Type.GAMMA)
        .filter(network::trains)
        .findFirst();
  }
}
