// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.zoo.models.Mlp;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The moving mask of docs/plugin.md. */
class MovingMaskExampleTest {

  private static final Data DATA =
      new Data("tiny", examples(60), examples(10), examples(10), Normalisation.NONE, 2);

  @TempDir private Path work;

  private static Examples examples(int count) {
    int[] labels = IntStream.range(0, count).map(example -> example % 2).toArray();
    byte[] pixels = new byte[4 * count];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (7 * i % 50 + 100 * labels[i / 4]);
    }
    return Examples.ofBytes(ByteBuffer.wrap(pixels), new Shape(4), labels);
  }

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
        Network network = new Mlp(List.of(4), true, Initialiser.GLOROT_NORMAL).build(DATA.task());
        LocalTrial trial = new LocalTrial(network, DATA, training, new Seed(1, 0))) {
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
