// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.DeviceUnderTest;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Slot machines on a device give the results of the CPU. */
class SlotsDevicesTest {

  @ParameterizedTest
  @EnumSource
  void aDeviceComputesTheSameBitsOfValues(DeviceUnderTest under) {
    try (NDManager manager = NDManager.newBaseManager(under.device())) {
      Generator generator = new Generator(new Seed(1, 0).stream("values/fc1.weight", 3));
      try (NDArray numbers = generator.on(manager, 0.07).numbers(new Shape(300, 784))) {
        assertThat(numbers.getDevice()).isEqualTo(under.device());
        assertThat(numbers.toFloatArray()).isEqualTo(generator.numbers(300 * 784, 0.07));
      }
    }
  }

  static Stream<Arguments> all() {
    return Stream.of(DeviceUnderTest.values())
        .flatMap(
            under ->
                Stream.of(Selection.values())
                    .flatMap(
                        selection ->
                            Stream.of(Values.values())
                                .map(values -> Arguments.of(under, selection, values))));
  }

  @ParameterizedTest
  @MethodSource("all")
  void aFewEpochsSelectTheValuesOfTheCpu(
      DeviceUnderTest under, Selection selection, Values values) {
    double rate = selection == Selection.GREEDY ? 0.2 : 25;
    under
        .tolerance()
        .tickets(
            tickets(under.device(), selection, values, rate, 2),
            tickets(Device.cpu(), selection, values, rate, 2));
  }

  /** The same on the CPU is in {@link SlotMachinesTest}. */
  @ParameterizedTest
  @EnumSource
  void selectionLearnsFarAboveChance(Values values) {
    assertThat(tickets(DeviceUnderTest.gpu(0), Selection.GREEDY, values, 0.2, 40))
        .allMatch(ticket -> accuracy(ticket) > 0.6);
  }

  /** The same on the CPU is in {@link SlotMachinesTest}. */
  @Test
  void samplingLearnsFarAboveChance() {
    assertThat(tickets(DeviceUnderTest.gpu(0), Selection.SAMPLING, Values.REGENERATED, 25, 40))
        .hasSize(2)
        .allMatch(ticket -> accuracy(ticket) > 0.5);
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  private static List<Ticket> tickets(
      Device device, Selection selection, Values values, double rate, int epochs) {
    Training training =
        new Training(
            new Sgd(rate, 0.9, false, 1e-4, List.of()),
            new Constant(),
            Span.iterations(0),
            25,
            Span.epochs(epochs),
            Span.epochs(epochs));
    try (Network network = SlotMachinesTest.wide();
        LocalTrial trial =
            new LocalTrial(
                network, TinyProblem.data(300, 50, 200), training, new Seed(1, 0), device)) {
      new SlotMachines(
              new SlotMachines.Settings(
                  8, selection, values, Sigma.GLOROT_UNIFORM, 1, 1, 2, Optional.empty()))
          .run(trial);
      return trial.tickets();
    }
  }
}
