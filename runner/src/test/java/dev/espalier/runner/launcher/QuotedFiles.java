// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files that a page has in fenced blocks, each after a line that names it. */
final class QuotedFiles {

  private static final Pattern BLOCK =
      Pattern.compile("<!-- file: (\\S+) -->\\s*\\R```\\w*\\R(.*?)\\R```", Pattern.DOTALL);

  private QuotedFiles() {}

  /**
   * Reads the files of one folder.
   *
   * @param page the page's path in the repository
   * @param folder the folder, with a slash at the end
   * @return texts by path, that folder included
   */
  static Map<String, String> of(String page, String folder) throws IOException {
    Path file =
        Stream.of("..", ".")
            .map(root -> Path.of(root, page))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow();
    Matcher block = BLOCK.matcher(Files.readString(file));
    Map<String, String> files = new LinkedHashMap<>();
    while (block.find()) {
      if (block.group(1).startsWith(folder)) {
        files.put(block.group(1), block.group(2) + "\n");
      }
    }
    return files;
  }
}
