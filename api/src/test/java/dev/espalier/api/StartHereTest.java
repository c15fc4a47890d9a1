// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that a plugin author reads first. */
class StartHereTest {

  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\n(.*?)\n \\* \\}</pre>", Pattern.DOTALL);

  private static final String IMPORTS =
      """
      import ai.djl.ndarray.*;
      import dev.espalier.api.*;
      import dev.espalier.api.network.*;
      import dev.espalier.api.state.*;
      import java.util.*;
      import java.util.function.*;
      interface Examples {
      """;

  @TempDir private Path classes;

  @Test
  void theExamplesOfThePackageCompile() throws IOException {
    String page = Files.readString(Path.of("src/main/java/dev/espalier/api/package-info.java"));
    List<String> examples =
        EXAMPLE.matcher(page).results().map(StartHereTest::withoutAsterisks).toList();
    assertThat(examples).hasSizeGreaterThan(8);
    String source = IMPORTS + String.join("\n", examples) + "}";
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes + "");
    boolean compiles =
        ToolProvider.getSystemJavaCompiler()
            .getTask(messages, null, null, options, null, List.of(file(source)))
            .call();
    assertThat(compiles).as("%s", messages).isTrue();
  }

  private static String withoutAsterisks(MatchResult example) {
    return example
        .group(1)
        .lines()
        .map(line -> line.replaceFirst("^ \\* ?", ""))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static JavaFileObject file(String source) {
    return new SimpleJavaFileObject(
        URI.create("string:///Examples.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }
}
