// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Group;
import dev.espalier.api.Network;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How alike the narrow networks are that replicates find. A structure is the vector of the
 * fractions of channels kept, over the groups of which channels can be removed one by one; the
 * similarity of two is Pearson's correlation. Written where replicates have found narrow networks:
 *
 * <ul>
 *   <li>{@code structures.csv}, the vectors;
 *   <li>{@code similarity.csv}, the matrix of correlations between replicates, for each variant and
 *       round;
 *   <li>{@code similarity-mean.csv}, the mean of all pairs of different replicates;
 *   <li>{@code similarity.png}, both as a picture.
 * </ul>
 *
 * <p>Source: Wang et al., "Pruning from Scratch", arXiv:1909.12579, who compare structures found
 * after more and more pre-training so; a correlation of a vector without variation is not defined,
 * and left out.
 */
final class Similarity {

  /** Replicates of one variant and round. */
  record Cell(String variant, int round) {

    String label() {
      return variant.isEmpty() ? "round " + round : round == 1 ? variant : variant + ", " + round;
    }
  }

  /** What one replicate found. */
  private record Structure(int replicate, List<String> groups, List<Widths> widths) {

    double[] ratios() {
      return widths.stream().mapToDouble(width -> (double) width.kept() / width.of()).toArray();
    }
  }

  private record Widths(int kept, int of) {}

  private final Map<Cell, List<Structure>> found = new LinkedHashMap<>();

  /**
   * Takes note of a ticket, if its network is not the experiment's own.
   *
   * @param whole the experiment's network
   * @param network the one that the ticket is of
   */
  void add(String variant, int replicate, int round, Network whole, Network network) {
    if (network == whole) {
      return;
    }
    List<String> names = new ArrayList<>();
    List<Widths> widths = new ArrayList<>();
    for (int i = 0; i < network.groups().size(); i++) {
      Group group = network.groups().get(i);
      if (!group.gated().isEmpty()) {
        names.add(group.name());
        widths.add(new Widths(group.size(), whole.groups().get(i).size()));
      }
    }
    found
        .computeIfAbsent(new Cell(variant, round), cell -> new ArrayList<>())
        .add(new Structure(replicate, names, widths));
  }

  /** Writes what there is to be written; returns a table of the means, empty if there are none. */
  String write(RunFolder folder) throws IOException {
    if (found.isEmpty()) {
      return "";
    }
    folder.write("structures.csv", structures());
    Map<Cell, double[][]> matrices = new LinkedHashMap<>();
    found.forEach(
        (cell, all) -> {
          if (all.size() > 1) {
            matrices.put(cell, matrix(all));
          }
        });
    if (matrices.isEmpty()) {
      return "";
    }
    folder.write("similarity.csv", correlations(matrices));
    folder.write("similarity-mean.csv", means(matrices));
    SimilarityPicture.write(folder.file("similarity.png"), matrices);
    StringBuilder table = new StringBuilder("structures of replicates, mean correlation\n");
    matrices.forEach(
        (cell, matrix) ->
            table.append(
                String.format(
                    Locale.ROOT,
                    "  %-24s %6s  (%d replicates)%n",
                    cell.label(),
                    mean(matrix).isPresent()
                        ? String.format(Locale.ROOT, "%.3f", mean(matrix).getAsDouble())
                        : "-",
                    matrix.length)));
    return table.toString();
  }

  private String structures() {
    StringBuilder csv = new StringBuilder("variant,round,replicate,group,kept,of,ratio\n");
    found.forEach(
        (cell, all) -> {
          for (Structure structure : all) {
            for (int i = 0; i < structure.groups().size(); i++) {
              Widths width = structure.widths().get(i);
              csv.append(
                  String.join(
                          ",",
                          cell.variant(),
                          Integer.toString(cell.round()),
                          Integer.toString(structure.replicate()),
                          structure.groups().get(i),
                          Integer.toString(width.kept()),
                          Integer.toString(width.of()),
                          Double.toString((double) width.kept() / width.of()))
                      + "\n");
            }
          }
        });
    return csv.toString();
  }

  private String correlations(Map<Cell, double[][]> matrices) {
    StringBuilder csv = new StringBuilder("variant,round,replicate,other,correlation\n");
    matrices.forEach(
        (cell, matrix) -> {
          List<Structure> all = found.get(cell);
          for (int a = 0; a < matrix.length; a++) {
            for (int b = 0; b < matrix.length; b++) {
              csv.append(
                  String.join(
                          ",",
                          cell.variant(),
                          Integer.toString(cell.round()),
                          Integer.toString(all.get(a).replicate()),
                          Integer.toString(all.get(b).replicate()),
                          number(matrix[a][b]))
                      + "\n");
            }
          }
        });
    return csv.toString();
  }

  private static String means(Map<Cell, double[][]> matrices) {
    return matrices.entrySet().stream()
        .map(
            entry ->
                String.join(
                        ",",
                        entry.getKey().variant(),
                        Integer.toString(entry.getKey().round()),
                        Integer.toString(entry.getValue().length),
                        number(mean(entry.getValue()).orElse(Double.NaN)))
                    + "\n")
        .collect(Collectors.joining("", "variant,round,replicates,mean_correlation\n", ""));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  private static double[][] matrix(List<Structure> all) {
    double[][] matrix = new double[all.size()][all.size()];
    for (int a = 0; a < matrix.length; a++) {
      for (int b = 0; b < matrix.length; b++) {
        matrix[a][b] = correlation(all.get(a).ratios(), all.get(b).ratios());
      }
    }
    return matrix;
  }

  /** The mean of what lies off the diagonal; a correlation that is not defined is left out. */
  static OptionalDouble mean(double[][] matrix) {
    return IntStream.range(0, matrix.length)
        .boxed()
        .flatMapToDouble(
            a ->
                IntStream.range(0, matrix.length)
                    .filter(b -> b != a)
                    .mapToDouble(b -> matrix[a][b]))
        .filter(r -> !Double.isNaN(r))
        .average();
  }

  /** Pearson's r = cov(x, y) / (sd(x) sd(y)); NaN if one of them does not vary. */
  static double correlation(double[] x, double[] y) {
    double meanX = IntStream.range(0, x.length).mapToDouble(i -> x[i]).average().orElse(0);
    double meanY = IntStream.range(0, y.length).mapToDouble(i -> y[i]).average().orElse(0);
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    // Equal ratios have a mean that may differ from them in the last bit.
    double nothing = 1e-12 * x.length;
    return xx < nothing || yy < nothing ? Double.NaN : xy / Math.sqrt(xx * yy);
  }
}
