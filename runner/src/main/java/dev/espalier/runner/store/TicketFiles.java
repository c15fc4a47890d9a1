// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.nio.file.Path;

/**
 * The files of one ticket, in a run and in an export: one path with several endings.
 *
 * @param base the path without an ending
 */
public record TicketFiles(Path base) {

  private static final String ARRAYS = ".safetensors";
  private static final String DESCRIPTION = ".json";
  private static final String SCORES = ".scores" + ARRAYS;
  private static final String ORDER = ".order" + ARRAYS;

  /**
   * The files of a ticket in a run. Those of a variant are in a folder of the variant's name.
   *
   * @param tickets the folder {@code tickets} of the run
   * @param variant empty for an experiment without variants
   * @param ticket the ticket's name, which begins with that of the variant
   */
  public static TicketFiles of(Path tickets, String variant, String ticket) {
    return new TicketFiles(
        variant.isEmpty()
            ? tickets.resolve(ticket)
            : tickets.resolve(variant).resolve(ticket.substring(variant.length() + 1)));
  }

  /**
   * Whether these can be the files of a ticket: they have its name, or the part after its variant.
   * In a run, such a part is in the folder of the variant.
   */
  public boolean areOf(String variant, String ticket) {
    Path folder = base.toAbsolutePath().normalize().getParent();
    return name().equals(ticket)
        || (!variant.isEmpty()
            && (variant + "-" + name()).equals(ticket)
            && (folder.endsWith(variant) || RunLayout.runOf(folder).isEmpty()));
  }

  /**
   * Finds the files that belong together.
   *
   * @param file one of them, or their path without an ending
   */
  public static TicketFiles of(Path file) {
    String name = String.valueOf(file.getFileName());
    for (String ending : new String[] {SCORES, ORDER, ARRAYS, DESCRIPTION}) {
      if (name.endsWith(ending)) {
        String base = name.substring(0, name.length() - ending.length());
        return new TicketFiles(file.resolveSibling(base));
      }
    }
    return new TicketFiles(file);
  }

  /** Whether a file has the ending of a description. */
  public static boolean isDescription(Path file) {
    return file.toString().endsWith(DESCRIPTION);
  }

  /** Whether a file has the ending of the mask and the weights. */
  public static boolean isArrays(Path file) {
    String name = file.toString();
    return name.endsWith(ARRAYS) && !name.endsWith(SCORES) && !name.endsWith(ORDER);
  }

  /** The name of the files, without endings. */
  public String name() {
    return base.getFileName().toString();
  }

  /** The mask and the weights. */
  public Path arrays() {
    return file(ARRAYS);
  }

  /** The description as JSON. */
  public Path description() {
    return file(DESCRIPTION);
  }

  /** The arrays for NumPy. */
  public Path numpy() {
    return file(".npz");
  }

  /** The scores that made the mask. */
  public Path scores() {
    return file(SCORES);
  }

  /** The order of the examples in the training. */
  public Path order() {
    return file(ORDER);
  }

  private Path file(String ending) {
    return base.resolveSibling(name() + ending);
  }
}
