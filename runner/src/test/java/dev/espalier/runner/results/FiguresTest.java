// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class FiguresTest {

  private static final String ODD = "a_b & <c> \u96ea";

  private static final String FIRST = "figure-test-accuracy-by-round";

  private static final Config EXPERIMENT =
      ConfigFactory.parseString(
          "margin = 0.005, replicates = 3, model.id = lenet-300-100, data.id = digits");

  @TempDir private Path folder;

  private static Figures figures(int replicates) {
    return figures(replicates, List.of("snip", ODD));
  }

  private static Figures figures(int replicates, List<String> variants) {
    List<StoredTicketResult> tickets = new ArrayList<>();
    for (String variant : variants) {
      for (int replicate = 0; replicate < replicates; replicate++) {
        for (int round = 0; round < 3; round++) {
          TicketResult row =
              row(variant, replicate, round, "ticket", 0.9 - 0.1 * round + 0.01 * replicate);
          tickets.add(
              new StoredTicketResult(Path.of("none"), List.of(), row.name(), row, List.of()));
        }
      }
    }
    return Figures.of(new RecordedRun(Path.of("runs/odd_run"), EXPERIMENT, tickets), List.of());
  }

  @Test
  void eachFigureIsSvgAndPdfWithACaption() throws IOException {
    assertThat(figures(3).write(folder))
        .contains(FIRST + ".svg", FIRST + ".pdf", FIRST + ".tex")
        .contains("figure-test-accuracy-of-the-last-round.pdf")
        .contains("table-results.tex", "table-results.csv")
        .allSatisfy(name -> assertThat(folder.resolve(name)).isNotEmptyFile());
    assertThat(folder.resolve(FIRST + ".tex"))
        .content()
        .contains("\\includegraphics[width=\\linewidth]{" + FIRST + "}")
        .contains("lenet-300-100 on digits, run odd\\_run", "test accuracy at the end (\\%)")
        .contains("Means of 3 replicates; bars are 95 \\% confidence intervals");
  }

  @Test
  void aCaptionNamesNoIntervalThatIsNotDrawn() throws IOException {
    figures(2).write(folder);
    assertThat(folder.resolve(FIRST + ".tex")).content().doesNotContain("bars are");
  }

  @Test
  void everyFontOfAPdfIsEmbeddedAndItsTextIsText() throws IOException {
    figures(3).write(folder);
    File file = folder.resolve(FIRST + ".pdf").toFile();
    try (PDDocument pdf = Loader.loadPDF(file)) {
      PDResources resources = pdf.getPage(0).getResources();
      List<Boolean> embedded = new ArrayList<>();
      for (COSName name : resources.getFontNames()) {
        embedded.add(resources.getFont(name).isEmbedded());
      }
      assertThat(embedded).isNotEmpty().containsOnly(true);
      assertThat(new PDFTextStripper().getText(pdf))
          .contains("round", "snip", "a_b & <c> ?"); // the font lacks the last character
    }
  }

  private Document svg(String name) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(folder.resolve(name + ".svg").toFile());
  }

  /** The values of an attribute of all elements of a name. */
  private static List<String> attributes(Document svg, String element, String attribute) {
    NodeList found = svg.getElementsByTagName(element);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      values.add(((Element) found.item(i)).getAttribute(attribute));
    }
    return values;
  }

  @Test
  void linesWithTheSameMarkDifferInTheirDashes() throws Exception {
    figures(3, List.of("a", "b", "c", "d", "e", "f")).write(folder);
    List<String> dashes = attributes(svg(FIRST), "polyline", "stroke-dasharray");
    assertThat(dashes.stream().filter("4 2"::equals)).as("two parts and the legend").hasSize(3);
    assertThat(dashes).contains("");
  }

  @Test
  void pointsOfNamesAreNotConnected() throws Exception {
    figures(1).write(folder);
    Document svg = svg("figure-test-accuracy-of-the-last-round");
    String blue = "#1f77b4";
    assertThat(attributes(svg, "polygon", "fill").stream().filter(blue::equals))
        .as("two variants and the legend")
        .hasSize(3);
    assertThat(attributes(svg, "polyline", "stroke")).isNotEmpty().doesNotContain(blue);
  }

  @Test
  void namesThatAreTooLongForASlantAreUpright() throws Exception {
    figures(3, List.of("the-longest-name-of-a-variant-in-this-test", "b")).write(folder);
    assertThat(
            attributes(svg("figure-test-accuracy-of-the-last-round"), "text", "transform").stream()
                .filter(turn -> turn.startsWith("rotate(-90")))
        .as("two names and the title of the axis")
        .hasSize(3);
  }

  @Test
  void anSvgHasTextsAndTheirGlyphs() throws Exception {
    figures(3).write(folder);
    Document svg = svg(FIRST);
    NodeList found = svg.getElementsByTagName("text");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent());
    }
    assertThat(texts).contains("snip", ODD, "round", "test accuracy at the end (%)");
    assertThat(svg.getElementsByTagName("style").item(0).getTextContent())
        .contains("src: url(data:font/ttf;base64,AAEAAAA");
  }

  @Test
  void filesAreTheSameInEveryLocale() throws IOException {
    Locale before = Locale.getDefault();
    List<String> files = figures(3).write(folder.resolve("root"));
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      figures(3).write(folder.resolve("arab"));
    } finally {
      Locale.setDefault(before);
    }
    for (String file : files) {
      assertThat(folder.resolve("arab").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("root").resolve(file));
    }
  }

  @Test
  void tablesAreEscapedInLatexAndNumbersInCsv() throws IOException {
    figures(3).write(folder);
    assertThat(folder.resolve("table-results.tex"))
        .content()
        .contains("\\toprule", "density \\%", "a\\_b \\& $<$c$>$", "$\\pm$");
    List<String> csv = Files.readAllLines(folder.resolve("table-results.csv"));
    assertThat(csv.get(0)).contains("test % at end,test % at end ±");
    assertThat(csv.get(1)).startsWith("snip,0,").endsWith(",91.00,2.48");
  }
}
