// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.MaskHistory;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The moving mask of docs/plugin.md. */
class MovingMaskExampleTest {

  @TempDir private Path work;

  @Test
  void compilesAndHalvesTheWeights() throws Exception {
    String folder = "moving-mask/";
    Map<String, String> sources = new LinkedHashMap<>();
    QuotedFiles.of("docs/plugin.md", folder)
        .forEach((file, text) -> sources.put(file.substring(folder.length()), text));
    List<Path> path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();
    Path jar = work.resolve("halve.jar");
    Jars.make(work, sources, path, false, jar);
    Training training =
        new Training(
            new Sgd(0.1), new Constant(), Span.epochs(0), 10, Span.epochs(1), Span.epochs(1));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(60, 0, 10), training, new Seed(1, 0))) {
      MovingMask halve =
          (MovingMask)
              loader.loadClass("org.example.Halve").getConstructor(long.class).newInstance(4L);
      Trained trained =
          trial.train(trial.initial(), Parametrization.moving(trial.dense(), halve), trial.plan());
      assertThat(trained.mask(network).density()).isEqualTo(0.5);
      assertThat(trained.memory(MaskHistory.class).orElseThrow().stretches())
          .extracting(MaskHistory.Stretch::from)
          .containsExactly(0L, 4L);
    }
  }
}
