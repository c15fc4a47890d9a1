// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The correlations of similarity.csv, a matrix for each variant and round. */
final class SimilarityTables {

  private SimilarityTables() {}

  /** The matrices in the order of the file; none if the run has no such file. */
  static List<Map<String, Object>> of(Path run) throws IOException {
    Path file = run.resolve(RunLayout.SIMILARITY);
    Map<List<String>, Map<String, Map<String, Double>>> matrices = new LinkedHashMap<>();
    if (Files.exists(file)) {
      CSVFormat withHeader = CSVFormat.RFC4180.builder().setHeader().get();
      try (Reader reader = Files.newBufferedReader(file);
          CSVParser rows = withHeader.parse(reader)) {
        for (CSVRecord row : rows) {
          String r = row.get("correlation");
          matrices
              .computeIfAbsent(
                  List.of(row.get("variant"), row.get("round")), cell -> new LinkedHashMap<>())
              .computeIfAbsent(row.get("replicate"), replicate -> new LinkedHashMap<>())
              .put(row.get("other"), r.isEmpty() ? Double.NaN : Double.parseDouble(r));
        }
      }
    }
    List<Map<String, Object>> tables = new ArrayList<>();
    matrices.forEach((cell, matrix) -> tables.add(table(cell, matrix)));
    return tables;
  }

  private static Map<String, Object> table(
      List<String> cell, Map<String, Map<String, Double>> matrix) {
    Map<String, Object> table = new LinkedHashMap<>();
    table.put("variant", cell.get(0));
    table.put("round", Integer.parseInt(cell.get(1)));
    table.put("replicates", List.copyOf(matrix.keySet()));
    table.put("r", matrix.values().stream().map(row -> List.copyOf(row.values())).toList());
    return table;
  }
}
