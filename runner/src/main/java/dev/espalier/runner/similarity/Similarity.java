// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.similarity;

import dev.espalier.api.Ticket;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.runner.results.CsvTable;
import dev.espalier.runner.results.Pictures;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The similarity of the networks that replicates find. A structure is the vector of the widths of
 * the groups of which channels can be removed one by one, relative to the widths in the
 * experiment's network. That is the fraction kept, times the expansion where a method widened the
 * network first. The similarity of two structures is Pearson's correlation, which is invariant
 * under a common factor. These files are written where replicates have found networks other than
 * the experiment's:
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
 * after more and more pre-training in this way. A correlation of a vector without variation is not
 * defined, and left out.
 */
public final class Similarity {

  /** Replicates of one variant and round. */
  record Cell(String variant, int round) {

    String label() {
      return variant.isEmpty() ? "round " + round : round == 1 ? variant : variant + ", " + round;
    }
  }

  /** The structure that one replicate found. */
  private record Structure(int replicate, List<String> groups, List<Width> widths) {

    double[] ratios() {
      return widths.stream().mapToDouble(width -> (double) width.width() / width.of()).toArray();
    }
  }

  private record Width(int width, int of) {}

  /** The correlations of the structures of some replicates; NaN where one is not defined. */
  record Matrix(List<Integer> replicates, List<List<Double>> r) {

    /** The mean of all pairs; undefined correlations are left out. */
    OptionalDouble mean() {
      return pairs().average();
    }

    /** The number of pairs of replicates whose correlation is defined. */
    long defined() {
      return pairs().count() / 2;
    }

    /** The number of all pairs. */
    int all() {
      return r.size() * (r.size() - 1) / 2;
    }

    /** The defined correlations off the diagonal, each twice. */
    private DoubleStream pairs() {
      return IntStream.range(0, r.size())
          .boxed()
          .flatMapToDouble(
              a ->
                  IntStream.range(0, r.size())
                      .filter(b -> b != a)
                      .mapToDouble(b -> r.get(a).get(b)))
          .filter(value -> !Double.isNaN(value));
    }
  }

  /** The largest number of lines on the screen. */
  private static final int LINES = 60;

  private static final CsvTable<Cell> CELL =
      CsvTable.of("variant", Cell::variant).and("round", Cell::round);

  private final Map<Cell, List<Structure>> found = new LinkedHashMap<>();

  /** Creates a collection without structures. */
  public Similarity() {}

  /**
   * Adds the structure that a ticket has found, if its network is not the experiment's.
   *
   * @param variant the variant; empty for an experiment without variants
   * @param replicate the replicate
   * @param whole the experiment's network
   * @param network the network of the ticket
   * @param ticket the ticket; controls and other branches are left out
   */
  public void add(String variant, int replicate, Network whole, Network network, Ticket ticket) {
    if (!network.equals(whole) && ticket.branch().equals(Ticket.TICKET)) {
      add(new Cell(variant, ticket.round()), replicate, whole, network);
    }
  }

  void add(Cell cell, int replicate, Network whole, Network network) {
    List<String> names = new ArrayList<>();
    List<Width> widths = new ArrayList<>();
    for (int i = 0; i < network.groups().size(); i++) {
      Group group = network.groups().get(i);
      if (!group.gated().isEmpty()) {
        names.add(group.name());
        widths.add(new Width(group.size(), whole.groups().get(i).size()));
      }
    }
    found
        .computeIfAbsent(cell, first -> new ArrayList<>())
        .add(new Structure(replicate, names, widths));
  }

  /**
   * Writes the tables and the picture of the structures added.
   *
   * @param folder the folder of the run
   * @param pictures draws the picture
   * @return a table of the means, empty if there are none
   * @throws IOException if a file cannot be written
   */
  public String write(Path folder, Pictures pictures) throws IOException {
    if (found.isEmpty()) {
      return "";
    }
    AtomicFile.write(folder.resolve(RunLayout.STRUCTURES), structures());
    Map<Cell, Matrix> matrices = new LinkedHashMap<>();
    found.forEach(
        (cell, all) -> {
          if (all.size() > 1) {
            matrices.put(cell, matrix(all));
          }
        });
    if (matrices.isEmpty()) {
      return "";
    }
    AtomicFile.write(folder.resolve(RunLayout.SIMILARITY), correlations(matrices));
    AtomicFile.write(folder.resolve(RunLayout.SIMILARITY_MEAN), means(matrices));
    StringBuilder table = new StringBuilder("structures of replicates, mean correlation\n");
    pictures.write(
        folder.resolve(RunLayout.SIMILARITY_PICTURE), () -> SimilarityPicture.charts(matrices));
    matrices.entrySet().stream()
        .limit(LINES)
        .forEach(entry -> table.append(line(entry.getKey(), entry.getValue())));
    if (matrices.size() > LINES) {
      table.append(
          String.format(
              Locale.ROOT,
              "  ... and %,d more in %s%n",
              matrices.size() - LINES,
              RunLayout.SIMILARITY));
    }
    return table.toString();
  }

  private static String line(Cell cell, Matrix matrix) {
    return String.format(
        Locale.ROOT,
        "  %-24s %6s  (%d replicates%s)%n",
        cell.label(),
        matrix.mean().isPresent()
            ? String.format(Locale.ROOT, "%.3f", matrix.mean().getAsDouble())
            : "-",
        matrix.replicates().size(),
        matrix.defined() == matrix.all()
            ? ""
            : ", defined for " + matrix.defined() + " of " + matrix.all() + " pairs");
  }

  /** The width of a group in a replicate's network. */
  private record StructureRow(Cell cell, int replicate, String group, Width width) {}

  private String structures() {
    List<StructureRow> rows = new ArrayList<>();
    found.forEach(
        (cell, all) -> {
          for (Structure structure : all) {
            for (int i = 0; i < structure.groups().size(); i++) {
              rows.add(
                  new StructureRow(
                      cell,
                      structure.replicate(),
                      structure.groups().get(i),
                      structure.widths().get(i)));
            }
          }
        });
    return new CsvTable<StructureRow>(List.of())
        .and(CELL, StructureRow::cell)
        .and("replicate", StructureRow::replicate)
        .and("group", StructureRow::group)
        .and("width", row -> row.width().width())
        .and("of", row -> row.width().of())
        .and("ratio", row -> (double) row.width().width() / row.width().of())
        .text(rows);
  }

  /** The correlation of two replicates. */
  private record CorrelationRow(Cell cell, int replicate, int other, double correlation) {}

  private static String correlations(Map<Cell, Matrix> matrices) {
    List<CorrelationRow> rows = new ArrayList<>();
    matrices.forEach(
        (cell, matrix) -> {
          List<Integer> replicates = matrix.replicates();
          for (int a = 0; a < matrix.r().size(); a++) {
            for (int b = 0; b < matrix.r().size(); b++) {
              double r = matrix.r().get(a).get(b);
              rows.add(new CorrelationRow(cell, replicates.get(a), replicates.get(b), r));
            }
          }
        });
    return new CsvTable<CorrelationRow>(List.of())
        .and(CELL, CorrelationRow::cell)
        .and("replicate", CorrelationRow::replicate)
        .and("other", CorrelationRow::other)
        .and("correlation", CorrelationRow::correlation)
        .text(rows);
  }

  private static String means(Map<Cell, Matrix> matrices) {
    return new CsvTable<Map.Entry<Cell, Matrix>>(List.of())
        .and(CELL, Map.Entry::getKey)
        .and("replicates", row -> row.getValue().replicates().size())
        .and("mean_correlation", row -> row.getValue().mean().orElse(Double.NaN))
        .and("pairs", row -> row.getValue().defined())
        .text(matrices.entrySet());
  }

  private static Matrix matrix(List<Structure> all) {
    List<List<Double>> r =
        all.stream()
            .map(a -> all.stream().map(b -> correlation(a.ratios(), b.ratios())).toList())
            .toList();
    return new Matrix(all.stream().map(Structure::replicate).toList(), r);
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
    // The mean of equal ratios may differ from them in the last bit.
    double nothing = 1e-12 * x.length;
    return xx < nothing || yy < nothing ? Double.NaN : xy / Math.sqrt(xx * yy);
  }
}
