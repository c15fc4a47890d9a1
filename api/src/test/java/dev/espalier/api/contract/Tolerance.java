// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.BitSet;
import java.util.List;

/**
 * The largest difference of a result from that of the CPU. A number may differ by a fraction of the
 * largest magnitude in its tensor, and of {@link #SCALE} where all are smaller. A GPU adds numbers
 * in another order, and by default rounds the inputs of convolutions to 11 bits (TF32).
 *
 * @param fraction the fraction for weights, scores and losses
 * @param bits the fraction of a mask's bits that may differ
 */
public record Tolerance(double fraction, double bits) {

  /** Equality, bit for bit. */
  public static final Tolerance NONE = new Tolerance(0, 0);

  /**
   * For computation in float32, which {@code NVIDIA_TF32_OVERRIDE=0} requires of a GPU. On a CPU,
   * inputs with a relative noise of 1.2e-7 moved no number of these tests by more than 3.6e-6.
   */
  public static final Tolerance FLOAT32 = new Tolerance(5e-4, 0);

  /**
   * For convolutions in TF32, with 2^13 times the rounding error of float32. On a CPU, inputs with
   * a relative noise of 2.4e-4 moved trainings of 25 steps by up to 0.053, and no bit of a mask.
   */
  public static final Tolerance TF32 = new Tolerance(0.2, 0.05);

  /** The magnitude of a usual weight, below which differences are absolute. */
  private static final double SCALE = 0.1;

  /**
   * Returns the tolerance of a GPU.
   *
   * @param override the environment variable NVIDIA_TF32_OVERRIDE, or null
   * @return the tolerance
   */
  static Tolerance ofGpu(String override) {
    return "0".equals(override) ? FLOAT32 : TF32;
  }

  /**
   * Compares numbers.
   *
   * @param what the name of the numbers
   * @param there those of the device under test
   * @param here those of the CPU
   */
  public void numbers(String what, double[] there, double[] here) {
    numbers(what, there, here, SCALE);
  }

  private void numbers(String what, double[] there, double[] here, double least) {
    assertThat(there).as(what).hasSameSizeAs(here);
    double scale = least;
    for (double value : here) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < here.length; i++) {
      assertThat(there[i])
          .as("%s[%d], of magnitudes up to %s", what, i, scale)
          .isCloseTo(here[i], within(fraction * scale));
    }
  }

  /**
   * Compares all tensors of two states.
   *
   * @param what the name of the states
   * @param there that of the device under test
   * @param here that of the CPU
   */
  public void states(String what, State there, State here) {
    assertThat(there.names()).as(what).isEqualTo(here.names());
    here.tensors()
        .forEach(
            (name, tensor) ->
                numbers(what + " " + name, doubles(there.get(name)), doubles(tensor)));
  }

  /**
   * Compares scores, relative to the largest one of each layer.
   *
   * @param there those of the device under test
   * @param here those of the CPU
   */
  public void scores(Scores there, Scores here) {
    assertThat(there.layers()).isEqualTo(here.layers());
    for (Layer layer : here.layers()) {
      numbers("scores of " + layer.name(), there.of(layer), here.of(layer), 0);
    }
  }

  /**
   * Compares masks.
   *
   * @param what the name of the masks
   * @param there that of the device under test
   * @param here that of the CPU
   */
  public void masks(String what, Mask there, Mask here) {
    assertThat(there.layers()).as(what).isEqualTo(here.layers());
    long different = 0;
    for (Layer layer : here.layers()) {
      BitSet bits = there.alive(layer);
      bits.xor(here.alive(layer));
      different += bits.cardinality();
    }
    assertThat(different)
        .as("different bits of %s", what)
        .isLessThanOrEqualTo((long) (bits * here.size()));
  }

  /**
   * Compares trainings: the iteration, all tensors with the optimizer's, and the losses.
   *
   * @param what the name of the training
   * @param there that of the device under test
   * @param here that of the CPU
   */
  public void trainings(String what, Trained there, Trained here) {
    if (equals(NONE)) {
      assertThat(there).as(what).isEqualTo(here);
    }
    assertThat(there.iteration()).as(what).isEqualTo(here.iteration());
    states(what, there.state(), here.state());
    states(what + ", variables", there.variables(), here.variables());
    states(what + ", optimizer", there.optimizer(), here.optimizer());
    histories(what, there.history(), here.history());
  }

  private void histories(String what, History there, History here) {
    assertThat(there.points()).as(what).hasSameSizeAs(here.points());
    for (int i = 0; i < here.points().size(); i++) {
      History.Point own = there.points().get(i);
      History.Point point = here.points().get(i);
      String where = what + ", iteration " + point.iteration();
      assertThat(own.iteration()).as(where).isEqualTo(point.iteration());
      losses(where + ", training", own.train(), point.train());
      losses(where + ", validation", own.validation(), point.validation());
      losses(where + ", test", own.test(), point.test());
    }
  }

  private void losses(String what, Evaluation there, Evaluation here) {
    assertThat(Double.isNaN(there.loss())).as(what).isEqualTo(Double.isNaN(here.loss()));
    if (!Double.isNaN(here.loss())) {
      numbers(what + " loss", new double[] {there.loss()}, new double[] {here.loss()}, 1);
    }
  }

  /**
   * Compares tickets: rounds, branches, masks and trained networks. Where masks may differ, small
   * differences decide which weights train, so only masks of equal widths are compared.
   *
   * @param there those of the device under test
   * @param here those of the CPU
   */
  public void tickets(List<Ticket> there, List<Ticket> here) {
    if (equals(NONE)) {
      assertThat(there).isEqualTo(here);
    }
    assertThat(there)
        .extracting(Tolerance::name)
        .isEqualTo(here.stream().map(Tolerance::name).toList());
    for (int i = 0; i < here.size(); i++) {
      Ticket own = there.get(i);
      Ticket ticket = here.get(i);
      if (bits == 0) {
        masks(name(ticket), own.mask(), ticket.mask());
        states(name(ticket) + ", start", own.start(), ticket.start());
        trainings(name(ticket), own.trained(), ticket.trained());
      } else if (own.mask().layers().equals(ticket.mask().layers())) {
        masks(name(ticket), own.mask(), ticket.mask());
      }
    }
  }

  private static String name(Ticket ticket) {
    return "round " + ticket.round() + " " + ticket.branch();
  }

  private static double[] doubles(Tensor tensor) {
    double[] values = new double[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(i);
    }
    return values;
  }
}
