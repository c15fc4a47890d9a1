// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.espalier.api.Pruning;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.store.Safetensors;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores and masks are those of the public programs, from the same weights and examples. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CriterionConformanceTest {

  /**
   * Scores of a dense network.
   *
   * @param of the case that Espalier computes
   * @param network the network
   * @param array the scores of the program
   * @param in the case that has them
   * @param bound the allowed difference, as a part of the largest score
   */
  record ScoreTest(
      CriterionCase of, ReferenceNetwork network, String array, CriterionCase in, double bound) {

    Comparison comparison() {
      return new Comparison(
          of.result() + ": scores",
          in.json(network).get("program").getAsString(),
          network.title,
          bound + " of the largest score",
          file(),
          array);
    }

    String file() {
      return network.file + (array.startsWith("grasp-g/") ? "-more" : in.suffix());
    }

    @Override
    public String toString() {
      return of.id() + " " + network.file + " " + array;
    }
  }

  /**
   * A mask.
   *
   * @param of the case
   * @param network the network
   * @param density the density after the last round
   * @param round the round
   * @param bound the number of positions that may differ
   */
  record MaskTest(
      CriterionCase of, ReferenceNetwork network, double density, int round, int bound) {

    Comparison comparison() {
      return of.comparison("masks", network, allowed(), array(round));
    }

    private String allowed() {
      if (bound == 0) {
        return "0 positions";
      }
      return of.rounds() > 1
          ? bound + " positions"
          : network.densities().stream()
              .map(each -> positions(of, network, each, round) + " at " + each)
              .collect(joining(", ", "positions: ", ""));
    }

    String array(int k) {
      return "mask-" + density + (of.rounds() == 5 ? "-round-" + k : "");
    }

    @Override
    public String toString() {
      return of.id() + " " + network.file + " " + array(round);
    }
  }

  private final Map<ReferenceNetwork, Subject> subjects = new EnumMap<>(ReferenceNetwork.class);
  private final Map<String, Subject.Scored> scored = new HashMap<>();

  @AfterAll
  void close() {
    subjects.values().forEach(Subject::close);
  }

  private Subject subject(ReferenceNetwork network) {
    return subjects.computeIfAbsent(network, Subject::of);
  }

  /** The scores of the dense network, which the densities share. */
  private Subject.Scored score(CriterionCase of, ReferenceNetwork network) {
    Subject subject = subject(network);
    return scored.computeIfAbsent(
        network + of.criterion().toString(), key -> subject.score(of.criterion(), subject.dense()));
  }

  static Stream<Comparison> comparisons() {
    return Stream.concat(
        allScores().map(ScoreTest::comparison), allMasks().map(MaskTest::comparison));
  }

  static Stream<ScoreTest> allScores() {
    return Stream.of(
            CriterionCase.SNIP
                .networks()
                .map(
                    n ->
                        new ScoreTest(
                            CriterionCase.SNIP, n, "snip-sf/score-f32", CriterionCase.SNIP, 7e-7)),
            CriterionCase.GRASP
                .networks()
                .map(
                    n ->
                        new ScoreTest(
                            CriterionCase.GRASP,
                            n,
                            "grasp-sf/score-f32",
                            CriterionCase.GRASP,
                            n == ReferenceNetwork.LENET5 ? 4e-4 : 6e-6)),
            Stream.of(
                new ScoreTest(
                    CriterionCase.GRASP_64,
                    ReferenceNetwork.LENET5,
                    "grasp-sf/score-f64",
                    CriterionCase.GRASP,
                    6e-9)),
            CriterionCase.GRASP_HALVES
                .networks()
                .filter(ReferenceNetwork::hasBatchNorm)
                .map(
                    n ->
                        new ScoreTest(
                            CriterionCase.GRASP_HALVES,
                            n,
                            "grasp-g/score-f64-rounded",
                            CriterionCase.GRASP_HALVES,
                            1e-5)),
            CriterionCase.SYNFLOW_100
                .networks()
                .map(
                    n ->
                        new ScoreTest(
                            CriterionCase.SYNFLOW_100,
                            n,
                            "synflow-sf/score-f64",
                            CriterionCase.SYNFLOW_100,
                            n.hasBatchNorm() ? 5e-12 : 1e-15)))
        .flatMap(tests -> tests);
  }

  static Stream<ScoreTest> scores() {
    return allScores().filter(test -> test.comparison().isAvailable());
  }

  @ParameterizedTest
  @MethodSource("scores")
  void theScoresAreThoseOfTheProgram(ScoreTest test) {
    Subject.Scored ours = score(test.of, test.network);
    Map<String, Safetensors.Array> theirs = Reference.arrays(test.file());
    double norm = norm(test, ours.scores());
    double largest = 0;
    double difference = 0;
    int compared = 0;
    for (Layer layer : ours.scores().layers()) {
      Safetensors.Array array = theirs.get(test.array + "/" + layer.name());
      if (array == null && !Reference.isShared()) {
        continue; // not bundled
      }
      double[] found = ours.scores().of(layer);
      double[] expected = Reference.doubles(array);
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs(found[i] / norm - expected[i]));
        compared++;
      }
    }
    assertThat(compared).isPositive();
    assertThat(difference / largest).isLessThanOrEqualTo(test.bound);
  }

  /** The number that divides GraSP's scores in the programs; one of them keeps the smallest. */
  private static double norm(ScoreTest test, Scores scores) {
    if (!test.of.id().startsWith("grasp")) {
      return 1;
    }
    double sum =
        scores.layers().stream().flatMapToDouble(layer -> DoubleStream.of(scores.of(layer))).sum();
    return (test.array.startsWith("grasp-g/") ? -1 : 1) * (Math.abs(sum) + 1e-10);
  }

  static Stream<MaskTest> allMasks() {
    return Stream.of(
            CriterionCase.SNIP,
            CriterionCase.SNIP_PYTORCH,
            CriterionCase.SNIP_5,
            CriterionCase.GRASP,
            CriterionCase.GRASP_64,
            CriterionCase.GRASP_HALVES,
            CriterionCase.GRASP_HALVES_32,
            CriterionCase.MAGNITUDE,
            CriterionCase.MAGNITUDE_LTH,
            CriterionCase.MAGNITUDE_5,
            CriterionCase.SYNFLOW_100)
        .flatMap(of -> of.networks().flatMap(network -> masks(of, network)))
        .filter(CriterionConformanceTest::isFast);
  }

  private static Stream<MaskTest> masks(CriterionCase of, ReferenceNetwork network) {
    int rounds = of.rounds() == 5 ? 5 : 1;
    return network.densities().stream()
        .flatMap(
            density ->
                IntStream.rangeClosed(1, rounds)
                    .mapToObj(
                        k ->
                            new MaskTest(
                                of, network, density, k, positions(of, network, density, k))));
  }

  /** Float64 on the largest network takes many seconds: one mask of SynFlow, none of GraSP. */
  private static boolean isFast(MaskTest test) {
    boolean isLong =
        test.of.rounds() == 100 ? test.density > 0.02 : test.of.equals(CriterionCase.GRASP_64);
    return test.network != ReferenceNetwork.RESNET20 || !isLong;
  }

  /** The positions in which float32 alone parts the program and Espalier. */
  private static int positions(
      CriterionCase of, ReferenceNetwork network, double density, int round) {
    int at = network.densities().indexOf(density);
    return switch (of.id() + " " + network.file) {
      case "grasp-sf lenet5", "grasp-g32 lenet5" -> List.of(34, 12, 2).get(at);
      case "grasp-g32 resnet20" -> List.of(100, 30, 12).get(at);
      case "snip-5 lenet5" -> round == 1 && at == 0 ? 2 : 0;
      case "snip-5 resnet20" -> round == 4 && at < 2 ? 2 : 0;
      default -> 0;
    };
  }

  static Stream<MaskTest> masks() {
    return allMasks().filter(test -> test.comparison().isAvailable());
  }

  @ParameterizedTest
  @MethodSource("masks")
  void theMaskIsThatOfTheProgram(MaskTest test) {
    Subject subject = subject(test.network);
    Mask expected =
        subject.mask(test.of.file(test.network), test.of.id() + "/" + test.array(test.round));
    Mask found = test.of.rounds() == 100 ? inRounds(test, subject) : round(test, subject);
    assertThat(differing(found, expected)).isLessThanOrEqualTo(test.bound);
    if (test.bound == 0) {
      assertThat(found).isEqualTo(expected);
    }
  }

  /** Prunes for a round from the program's mask of the round before. */
  private Mask round(MaskTest test, Subject subject) {
    Pruning pruning = test.of.pruning(test.density);
    boolean isFirst = test.round == 1;
    Mask before =
        isFirst
            ? subject.dense()
            : subject.mask(
                test.of.file(test.network), test.of.id() + "/" + test.array(test.round - 1));
    Subject.Scored scored =
        isFirst ? score(test.of, test.network) : subject.score(test.of.criterion(), before);
    List<List<Integer>> rows = rows(test);
    assertThat(scored.rows().stream().limit(rows.size())).isEqualTo(rows);
    return pruning.prune(scored.scores(), before, test.round - 1, test.round);
  }

  private static List<List<Integer>> rows(MaskTest test) {
    JsonObject json = test.of.json(test.network);
    if (!json.has("rows-by-density-and-round")) {
      return test.of.rows(test.network);
    }
    JsonArray rounds =
        json.getAsJsonObject("rows-by-density-and-round")
            .getAsJsonArray(Double.toString(test.density));
    return List.of(Reference.integers(rounds.get(test.round - 1)));
  }

  private static Mask inRounds(MaskTest test, Subject subject) {
    Pruning pruning = test.of.pruning(test.density);
    Mask mask = subject.dense();
    for (int k = 1; k <= test.of.rounds(); k++) {
      Scores scores = subject.score(test.of.criterion(), mask).scores();
      mask = pruning.prune(scores, mask, k - 1, k);
    }
    return mask;
  }

  private static int differing(Mask found, Mask expected) {
    int differing = 0;
    for (Layer layer : expected.layers()) {
      BitSet bits = found.alive(layer);
      bits.xor(expected.alive(layer));
      differing += bits.cardinality();
    }
    return differing;
  }
}
