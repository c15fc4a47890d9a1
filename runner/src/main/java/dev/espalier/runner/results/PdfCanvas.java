// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.util.Matrix;

/** A figure as PDF of one page, with the glyphs it needs. */
final class PdfCanvas implements Canvas, AutoCloseable {

  private final FigureFont metrics;
  private final double size;
  private final double height;
  private final PDDocument document = new PDDocument();
  private final PDPageContentStream content;
  private final PDFont font;

  PdfCanvas(FigureFont metrics, double size, double width, double height) throws IOException {
    this.metrics = metrics;
    this.size = size;
    this.height = height;
    PDPage page = new PDPage(new PDRectangle((float) width, (float) height));
    document.addPage(page);
    document.setDocumentId(0L); // else two writes of a figure differ
    try (InputStream in = FigureFont.open()) {
      font = PDType0Font.load(document, in, true);
    }
    content = new PDPageContentStream(document, page);
  }

  @Override
  public void line(List<Place> places, Color colour, double width, Dash dash) throws IOException {
    content.setStrokingColor(colour);
    content.setLineWidth((float) width);
    int[] dashes = dash.lengths();
    float[] lengths = new float[dashes.length];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = dashes[i];
    }
    content.setLineDashPattern(lengths, 0);
    path(places);
    content.stroke();
  }

  @Override
  public void fill(List<Place> corners, Color colour) throws IOException {
    content.setNonStrokingColor(colour);
    path(corners);
    content.fill();
  }

  @Override
  public void text(String text, Place place, Anchor anchor, int degrees, Color colour)
      throws IOException {
    double angle = Math.toRadians(degrees);
    double before = anchor.part() * metrics.width(text, size);
    content.beginText();
    content.setFont(font, (float) size);
    content.setNonStrokingColor(colour);
    content.setTextMatrix(
        Matrix.getRotateInstance(
            angle,
            (float) (place.x() - before * Math.cos(angle)),
            (float) (height - place.y() - before * Math.sin(angle))));
    content.showText(metrics.printable(text));
    content.endText();
  }

  /** The file; nothing can be drawn after. */
  byte[] bytes() throws IOException {
    content.close();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    document.save(out);
    return out.toByteArray();
  }

  @Override
  public void close() throws IOException {
    document.close();
  }

  private void path(List<Place> places) throws IOException {
    for (int i = 0; i < places.size(); i++) {
      float x = (float) places.get(i).x();
      float y = (float) (height - places.get(i).y());
      if (i == 0) {
        content.moveTo(x, y);
      } else {
        content.lineTo(x, y);
      }
    }
  }
}
