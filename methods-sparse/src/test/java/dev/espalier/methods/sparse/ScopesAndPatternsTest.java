// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Method;
import dev.espalier.api.Pattern;
import dev.espalier.api.Scope;
import dev.espalier.api.Scopes;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.structure.NOfM;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ScopesAndPatternsTest {

  private static final Data DATA = TinyProblem.data(200, 50, 100);
  private static final Training TRAINING =
      new Training(
          new Adam(0.01), new Constant(), Span.iterations(0), 20, Span.epochs(20), Span.epochs(20));

  private static Ticket ticket(Method method, Supplier<Network> build) {
    try (Network network = build.get();
        LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, 0))) {
      Refusals.require(refusals -> method.check(network, DATA, trial.plan(), refusals));
      method.run(trial);
      return trial.tickets().get(0);
    }
  }

  private static GradualPruning gradual(double density, Scope scope, Pattern pattern) {
    return new GradualPruning(
        new GradualPruning.Settings(
            List.of(density),
            Span.iterations(20),
            Span.iterations(120),
            Span.iterations(10),
            scope,
            pattern,
            new TestCriteria.Magnitude()));
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  @Test
  void setAndRigLKeepTheDensitiesOfTheirScope() {
    // Lenet's rule by hand: the sums of the axes are 9, 13 and 8; half of 73 weights.
    double e = 36.5 / 30;
    int[] kept = {round(9 * e), round(13 * e), round(8 * e)};
    Scope erk = new Scopes.ErdosRenyiKernel();
    List<Double> half = List.of(0.5);
    for (Method method :
        List.of(
            new SparseEvolution(new SparseEvolution.Settings(half, erk, 0.3, Span.iterations(20))),
            new Rigl(new Rigl.Settings(half, erk, 0.3, Span.iterations(20), 0.75)))) {
      Mask mask = ticket(method, TinyProblem::convolutional).mask();
      for (int i = 0; i < kept.length; i++) {
        assertThat(mask.kept(mask.layers().get(i))).isEqualTo(kept[i]);
      }
    }
  }

  private static int round(double count) {
    return (int) Math.round(count);
  }

  @Test
  void gradualPruningEndsAtTheDensitiesOfItsScope() {
    Ticket ticket =
        ticket(
            gradual(0.3, new Scopes.Balanced(), Pattern.unstructured()),
            TinyProblem::convolutional);
    // A third of 21.9 for each of three layers of 18, 40 and 15.
    for (Layer layer : ticket.mask().layers()) {
      assertThat(ticket.mask().kept(layer)).isEqualTo(7);
    }
  }

  @Test
  void gradualPruningEndsAtTwoOfFourAndLearns() {
    Ticket ticket = ticket(gradual(0.5, Scope.global(), new NOfM(2, 4)), TinyProblem::linear);
    for (Layer layer : ticket.mask().layers()) {
      for (int group = 0; group < layer.size(); group += 4) {
        assertThat(ticket.mask().alive(layer).get(group, group + 4).cardinality()).isEqualTo(2);
      }
    }
    assertThat(accuracy(ticket)).isGreaterThan(0.9);
  }

  @Test
  void aPatternOfAnotherDensityIsRefused() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, 0))) {
      Refusals refusals = new Refusals();
      gradual(0.3, Scope.layer(), new NOfM(2, 4)).check(network, DATA, trial.plan(), refusals);
      assertThat(refusals.all()).hasSize(1);
      assertThat(refusals.all().get(0).key()).isEqualTo("pattern.n");
    }
  }
}
