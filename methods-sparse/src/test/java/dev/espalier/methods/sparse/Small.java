// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.util.BitSet;
import java.util.List;

/** A network for {@link TinyProblem} and its training. */
final class Small {

  static final Data DATA = TinyProblem.data(200, 20, 200);
  static final Seed SEED = new Seed(1, 0);

  private Small() {}

  /** 16 inputs, 30 and 20 hidden units: 480 + 600 + 60 prunable weights. */
  static Network network() {
    return network(30, 20);
  }

  static Network network(int fc1, int fc2) {
    return Network.builder(
            "small",
            widths ->
                new NamedBlocks()
                    .add(Blocks.batchFlattenBlock())
                    .add("fc1", Linear.builder().setUnits(fc1).build())
                    .add(Activation::relu)
                    .add("fc2", Linear.builder().setUnits(fc2).build())
                    .add(Activation::relu)
                    .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build()),
            TinyProblem.INPUT)
        .build();
  }

  /** Momentum at a constant rate, in batches of 20: 10 iterations per epoch. */
  static Training training(int iterations) {
    return new Training(
        new Sgd(0.05, 0.9, false, 0, List.of()),
        new Constant(),
        Span.epochs(0),
        20,
        Span.iterations(iterations),
        Span.iterations(iterations));
  }

  static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  /** A random half of each layer. */
  static Mask half(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          SEED.stream("half", 0).ints(layer.size() / 2, 0, layer.size()).forEach(bits::set);
          return bits;
        });
  }

  static BitSet without(BitSet bits, BitSet others) {
    BitSet rest = (BitSet) bits.clone();
    rest.andNot(others);
    return rest;
  }

  static BitSet both(BitSet bits, BitSet others) {
    BitSet both = (BitSet) bits.clone();
    both.and(others);
    return both;
  }

  static Mask both(Mask a, Mask b) {
    return Mask.of(a.layers(), (layer, bits) -> both(a.alive(layer), b.alive(layer)));
  }

  /**
   * A move of a mask.
   *
   * @param t its iteration
   * @param state the weights before it
   * @param before the mask before it
   * @param after the mask after it
   */
  record Move(long t, State state, Mask before, Mask after) {

    BitSet grown(Layer layer) {
      return without(after.alive(layer), before.alive(layer));
    }

    BitSet dropped(Layer layer) {
      return without(before.alive(layer), after.alive(layer));
    }
  }

  /** A rule that notes each of its moves. */
  record Noted(MovingMask rule, List<Move> moves) implements MovingMask {

    @Override
    public boolean isDue(long iteration, Plan plan) {
      return rule.isDue(iteration, plan);
    }

    @Override
    public Mask move(Scoring now, long iteration, Plan plan) {
      Mask next = rule.move(now, iteration, plan);
      moves.add(new Move(iteration, now.state(), now.mask(), next));
      return next;
    }
  }
}
