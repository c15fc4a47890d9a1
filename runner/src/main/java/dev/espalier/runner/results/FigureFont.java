// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TTFSubsetter;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.pdmodel.PDDocument;

/**
 * The font of figures: Liberation Sans from PDFBox, so that figures are the same on every machine,
 * also on one without fonts. Its glyphs are as wide as those of Arial and Helvetica.
 */
final class FigureFont {

  static final String NAME = "Liberation Sans";

  private static final String FILE = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";

  /** The tables that browsers need, without the programs for coarse screens. */
  private static final List<String> TABLES =
      List.of("head", "hhea", "maxp", "cmap", "hmtx", "loca", "glyf", "OS/2", "name", "post");

  private final TrueTypeFont font;
  private final CmapLookup glyphs;

  FigureFont() throws IOException {
    try (InputStream in = open()) {
      font = new TTFParser(true).parseEmbedded(in);
    }
    glyphs = font.getUnicodeCmapLookup();
  }

  /** Opens the file of the font. */
  static InputStream open() {
    return Objects.requireNonNull(PDDocument.class.getResourceAsStream(FILE), FILE);
  }

  /** The text with a question mark for each character without a glyph. */
  String printable(String text) {
    return text.codePoints()
        .map(c -> glyphs.getGlyphId(c) == 0 ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** The width of a text in points. */
  double width(String text, double size) throws IOException {
    double units = 0;
    for (int c : printable(text).codePoints().toArray()) {
      units += font.getAdvanceWidth(glyphs.getGlyphId(c));
    }
    return units * size / font.getUnitsPerEm();
  }

  /** A font file with the glyphs of some characters. */
  byte[] subset(Set<Integer> characters) throws IOException {
    TTFSubsetter subsetter = new TTFSubsetter(font, TABLES);
    subsetter.addAll(characters);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    subsetter.writeToStream(out);
    return out.toByteArray();
  }
}
