// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apiguardian.api.API;

/**
 * The description of one component of a settings record: its meaning, default and range. The key in
 * a configuration file is the component's name in lower-case words joined by hyphens: {@code
 * rewindTo} is {@code rewind-to}.
 *
 * <p>Components may be {@code int}, {@code long}, {@code double}, {@code boolean}, {@code String},
 * {@link Span}, an enum, or an {@link java.util.Optional} or a list of these. They may also be a
 * nested record of the same kind, or an entry of a {@link dev.espalier.api.Catalog} (a section with
 * an {@code id}). A {@code Map<String, Object>} is a section of any keys, which the record's owner
 * checks; its values are numbers, truth values, texts, lists and maps. The values of a {@code
 * Map<String, String>} are texts.
 */
@API(status = API.Status.STABLE, since = "0.1")
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER, ElementType.FIELD})
public @interface Setting {

  /**
   * Returns the meaning, with the unit and the section of the paper it comes from.
   *
   * @return a sentence without a full stop
   */
  String value();

  /**
   * Returns the default in the form of a configuration file; without one the key is required.
   *
   * @return the default, or {@link #REQUIRED}
   */
  String defaults() default REQUIRED;

  /**
   * Returns the allowed range of a number (or of each number of a list), as an interval such as
   * {@code [0, 1)}; round brackets exclude the end, and {@code inf} stands for no bound.
   *
   * @return the interval, or empty for any
   */
  String range() default "";

  /**
   * Returns the pattern of a text. The meaning must describe the pattern, because messages quote
   * the meaning.
   *
   * @return a regular expression, or empty for any text
   */
  String pattern() default "";

  /**
   * Returns whether an entry chosen by id shares the section of the other components, instead of a
   * section under its key.
   *
   * @return true to read it from the same section
   */
  boolean inline() default false;

  /**
   * Returns whether the setting was added after results of its record had been stored. Digests of
   * experiments and keys of steps leave it out while it has its default, so that these results are
   * found again; see {@link LaterSettings}.
   *
   * @return true for such a setting, which has a default
   */
  boolean later() default false;

  /** The value for "no default". */
  String REQUIRED = "\0required";
}
