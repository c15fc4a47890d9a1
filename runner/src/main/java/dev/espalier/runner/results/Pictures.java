// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.store.AtomicFile;
import java.awt.AWTError;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * The pictures of a run: charts of one size in a grid. On a system that cannot draw, perhaps
 * without fonts, only the pictures are missing, and one message reports it.
 */
public final class Pictures {

  /** The width of a chart. */
  static final int WIDTH = 560;

  /** The height of a chart. */
  static final int HEIGHT = 380;

  private static final int COLUMNS = 3;

  private final Consumer<String> screen;
  private boolean said;

  /**
   * Creates pictures of a run.
   *
   * @param screen receives a message when a picture cannot be drawn
   */
  public Pictures(Consumer<String> screen) {
    this.screen = screen;
  }

  /**
   * Draws charts and writes them.
   *
   * @param file the PNG to write
   * @param charts creates the charts as a part of the drawing; without charts no file is written
   * @return whether it was written
   */
  public boolean write(Path file, Supplier<? extends List<? extends Chart<?, ?>>> charts)
      throws IOException {
    BufferedImage image;
    try {
      List<? extends Chart<?, ?>> drawn = charts.get();
      if (drawn.isEmpty()) {
        return false;
      }
      image = image(drawn);
    } catch (RuntimeException | LinkageError | AWTError e) {
      if (!said) {
        screen.accept("no picture could be drawn: " + e);
        said = true;
      }
      return false;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // Written in memory, since ImageIO would use a temporary file elsewhere.
    try (ImageOutputStream png = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", png);
    }
    AtomicFile.write(file, bytes::writeTo);
    return true;
  }

  private static BufferedImage image(List<? extends Chart<?, ?>> charts) {
    int columns = Math.min(COLUMNS, charts.size());
    int rows = (charts.size() + columns - 1) / columns;
    BufferedImage image =
        new BufferedImage(columns * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D paper = image.createGraphics();
    paper.setColor(Color.WHITE);
    paper.fillRect(0, 0, image.getWidth(), image.getHeight());
    paper.dispose();
    for (int i = 0; i < charts.size(); i++) {
      Graphics2D place = image.createGraphics();
      place.translate(i % columns * WIDTH, i / columns * HEIGHT);
      charts.get(i).paint(place, WIDTH, HEIGHT);
      place.dispose();
    }
    return image;
  }
}
