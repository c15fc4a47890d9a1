// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.plugins.tiff.BaselineTIFFTagSet;
import javax.imageio.plugins.tiff.TIFFDirectory;
import javax.imageio.plugins.tiff.TIFFField;
import javax.imageio.stream.ImageInputStream;

/**
 * The tags of a TIFF file that define the meaning of its samples.
 *
 * @param photometric the kind of the colours
 * @param format the format of a sample: 1 for unsigned integers, 2 for signed ones, 3 for
 *     floating-point numbers
 * @param bits the bits of the first sample
 */
record Tiff(int photometric, int format, int bits) {

  /** Reads an image, and refuses layouts that Java's reader takes for others. */
  static Planes read(ImageReader reader, ImageInputStream in) throws IOException {
    reader.setInput(in, false, false);
    TIFFDirectory tags = TIFFDirectory.createFromMetadata(reader.getImageMetadata(0));
    Tiff tiff =
        new Tiff(
            first(tags, BaselineTIFFTagSet.TAG_PHOTOMETRIC_INTERPRETATION),
            first(tags, BaselineTIFFTagSet.TAG_SAMPLE_FORMAT),
            first(tags, BaselineTIFFTagSet.TAG_BITS_PER_SAMPLE));
    if (tiff.format > BaselineTIFFTagSet.SAMPLE_FORMAT_UNSIGNED_INTEGER
        && tiff.bits < Integer.SIZE) {
      throw new Planes.LayoutException(
          "its samples are signed or floating-point numbers of "
              + tiff.bits
              + " bits (SampleFormat "
              + tiff.format
              + "); allowed are unsigned integers");
    }
    BufferedImage image = reader.read(0);
    if (!tiff.isOf(image.getColorModel())) {
      throw new Planes.LayoutException(
          "its colours are "
              + tiff.name()
              + ", of "
              + tiff.bits
              + " bits in "
              + first(tags, BaselineTIFFTagSet.TAG_SAMPLES_PER_PIXEL)
              + " samples; Java reads none or others");
    }
    return Planes.of(image);
  }

  private static int first(TIFFDirectory tags, int tag) {
    TIFFField field = tags.getTIFFField(tag);
    return field == null ? 1 : field.getAsInt(0);
  }

  /** Returns whether the colours of a decoded image are those of the file. */
  private boolean isOf(ColorModel model) {
    int type = model.getColorSpace().getType();
    return switch (photometric) {
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_WHITE_IS_ZERO,
          BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_BLACK_IS_ZERO ->
          model instanceof IndexColorModel || type == ColorSpace.TYPE_GRAY;
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_RGB,
          BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_Y_CB_CR ->
          type == ColorSpace.TYPE_RGB;
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_PALETTE_COLOR ->
          model instanceof IndexColorModel;
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_CMYK -> type == ColorSpace.TYPE_CMYK;
      default -> false;
    };
  }

  private String name() {
    return switch (photometric) {
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_WHITE_IS_ZERO,
          BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_BLACK_IS_ZERO ->
          "grey";
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_RGB -> "RGB";
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_CMYK -> "CMYK";
      case BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_CIELAB,
          BaselineTIFFTagSet.PHOTOMETRIC_INTERPRETATION_ICCLAB ->
          "LAB";
      default -> "of PhotometricInterpretation " + photometric;
    };
  }
}
