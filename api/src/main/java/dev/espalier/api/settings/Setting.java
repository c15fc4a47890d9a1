// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apiguardian.api.API;

/**
 * Describes one component of a settings record: what it means, its default and its range. The key
 * in a configuration file is the component's name in lower-case words joined by hyphens: {@code
 * rewindTo} is {@code rewind-to}.
 *
 * <p>Components may be {@code int}, {@code long}, {@code double}, {@code boolean}, {@code String},
 * {@link Span}, an enum, an {@link java.util.Optional} or a list of these, a nested record of the
 * same kind, or anything named in a {@link dev.espalier.api.Catalog} (a section with an {@code
 * id}).
 */
@API(status = API.Status.STABLE, since = "0.1")
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER, ElementType.FIELD})
public @interface Setting {

  /**
   * What it means, with the unit and the section of the paper it comes from.
   *
   * @return a sentence without a full stop
   */
  String value();

  /**
   * The default, as it would be written in a configuration file; without one the key is required.
   *
   * @return the default, or {@link #REQUIRED}
   */
  String defaults() default REQUIRED;

  /**
   * The allowed range of a number (or of each number of a list), as an interval such as {@code [0,
   * 1)}; round brackets exclude the end, and {@code inf} stands for no bound.
   *
   * @return the interval, or empty for any
   */
  String range() default "";

  /**
   * What a text must match; the meaning then has to say it in words, for messages quote that.
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

  /** Stands for "there is no default". */
  String REQUIRED = "\0required";
}
