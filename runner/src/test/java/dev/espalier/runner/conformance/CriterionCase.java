// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import com.google.gson.JsonObject;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.methods.imp.Magnitude;
import dev.espalier.methods.imp.ReferenceTies;
import dev.espalier.methods.snip.Grasp;
import dev.espalier.methods.snip.Grasp.Halves;
import dev.espalier.methods.snip.Precision;
import dev.espalier.methods.snip.ScoredWeights;
import dev.espalier.methods.snip.Snip;
import dev.espalier.methods.snip.SynFlow;
import dev.espalier.methods.snip.Ties;
import java.util.List;
import java.util.stream.Stream;

/**
 * A case of the reference results: a criterion of Espalier with the settings of a program.
 *
 * @param id its name in the files
 * @param suffix the end of the names of its files
 * @param result what is compared
 * @param criterion the criterion
 * @param ties the tie rule of the program
 * @param rounds the number of rounds
 */
record CriterionCase(
    String id, String suffix, String result, Criterion criterion, TieRule ties, int rounds) {

  private static final String FIRST = "-reference";
  private static final String MORE = "-more";
  private static final TieRule SYNFLOW = new Ties.SynFlow();

  static final CriterionCase SNIP =
      new CriterionCase("snip-sf", FIRST, "SNIP", new Snip(100), SYNFLOW, 1);
  static final CriterionCase SNIP_PYTORCH =
      new CriterionCase("snip-pt", MORE, "SNIP", new Snip(100), new Ties.SnipPytorch(), 1);
  static final CriterionCase SNIP_5 =
      new CriterionCase("snip-5", MORE, "SNIP, 5 rounds", new Snip(100), SYNFLOW, 5);
  static final CriterionCase GRASP =
      new CriterionCase(
          "grasp-sf", FIRST, "GraSP, float32", grasp(Halves.WHOLE, Precision.FLOAT32), SYNFLOW, 1);
  static final CriterionCase GRASP_64 =
      new CriterionCase(
          "grasp-sf64", MORE, "GraSP, float64", grasp(Halves.WHOLE, Precision.FLOAT64), SYNFLOW, 1);
  static final CriterionCase GRASP_HALVES =
      new CriterionCase(
          "grasp-g",
          FIRST,
          "GraSP in halves, float64",
          grasp(Halves.BY_CLASS, Precision.FLOAT64),
          new Ties.Grasp(),
          1);
  static final CriterionCase GRASP_HALVES_32 =
      new CriterionCase(
          "grasp-g32",
          MORE,
          "GraSP in halves, float32",
          grasp(Halves.BY_CLASS, Precision.FLOAT32),
          new Ties.Grasp(),
          1);
  static final CriterionCase MAGNITUDE =
      new CriterionCase("mag-sf", FIRST, "magnitude", new Magnitude(), SYNFLOW, 1);
  static final CriterionCase MAGNITUDE_LTH =
      new CriterionCase("mag-ref", MORE, "magnitude", new Magnitude(), new ReferenceTies(), 1);
  static final CriterionCase MAGNITUDE_5 =
      new CriterionCase("mag-5", MORE, "magnitude, 5 rounds", new Magnitude(), SYNFLOW, 5);
  static final CriterionCase SYNFLOW_100 =
      new CriterionCase(
          "synflow-sf", FIRST, "SynFlow, float64, 100 rounds", new SynFlow(), SYNFLOW, 100);

  private static Grasp grasp(Halves halves, Precision precision) {
    BatchNorm batchNorm = halves == Halves.WHOLE ? BatchNorm.RUNNING : BatchNorm.BATCH;
    return new Grasp(10, 1, 200, halves, ScoredWeights.OWN, batchNorm, precision);
  }

  /** The networks that the program computed this case for. */
  Stream<ReferenceNetwork> networks() {
    return Stream.of(ReferenceNetwork.values()).filter(network -> cases(network).has(id));
  }

  /** The description of the case. */
  JsonObject json(ReferenceNetwork network) {
    return cases(network).getAsJsonObject(id);
  }

  private JsonObject cases(ReferenceNetwork network) {
    String name = network.file + (suffix.equals(FIRST) ? "" : suffix);
    return Reference.json(name).getAsJsonObject("cases");
  }

  /** The rows of each batch of its first round; empty if it reads no data. */
  List<List<Integer>> rows(ReferenceNetwork network) {
    JsonObject json = json(network);
    return json.has("rows")
        ? json.getAsJsonArray("rows").asList().stream().map(Reference::integers).toList()
        : List.of();
  }

  String file(ReferenceNetwork network) {
    return network.file + suffix;
  }

  /** The pruning to a density. */
  Pruning pruning(double density) {
    return new Pruning(criterion, Schedule.exponential(density, rounds), Scope.global(), ties);
  }

  Comparison comparison(String part, ReferenceNetwork network, String bound, String array) {
    String program = json(network).get("program").getAsString();
    return new Comparison(
        result + ": " + part, program, network.title, bound, file(network), id + "/" + array);
  }
}
