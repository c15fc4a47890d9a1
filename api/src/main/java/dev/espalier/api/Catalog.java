// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.DataSource;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * The catalog in which plugins register their classes.
 *
 * <p>Ids are lower-case words joined by hyphens, unique within their kind over all plugins, part of
 * the file formats, and never reused.
 *
 * <p>Everything but a method is a <em>value</em>: a record whose components, each with a {@link
 * Setting}, are its settings. So its class and components define it completely, and a stored step
 * can be keyed by them.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Catalog {

  /**
   * Registers a class of any kind that an experiment can choose by id.
   *
   * @param kind the interface of the class, such as {@link Criterion}
   * @param id the id, such as {@code magnitude}
   * @param type the record class
   * @param <T> the kind
   * @return the entry, for its description
   */
  <T> Entry add(Class<T> kind, String id, Class<? extends T> type);

  /**
   * Registers a method: a class with a {@code jakarta.inject.Inject} constructor, and the record of
   * its settings.
   *
   * @param id the id, such as {@code imp}
   * @param type the class of the method
   * @param settings its settings
   * @return the entry, for its description
   */
  Entry method(String id, Class<? extends Method> type, Class<? extends Record> settings);

  /**
   * Registers a criterion.
   *
   * @param id the id, such as {@code magnitude}
   * @param type the record class
   * @return the entry, for its description
   */
  default Entry criterion(String id, Class<? extends Criterion> type) {
    return add(Criterion.class, id, type);
  }

  /**
   * Registers a pruning schedule.
   *
   * @param id the id, such as {@code geometric}
   * @param type the record class
   * @return the entry, for its description
   */
  default Entry schedule(String id, Class<? extends Schedule> type) {
    return add(Schedule.class, id, type);
  }

  /**
   * Registers a split.
   *
   * @param id the id, such as {@code kels}
   * @param type the record class
   * @return the entry, for its description
   */
  default Entry split(String id, Class<? extends Split> type) {
    return add(Split.class, id, type);
  }

  /**
   * Registers a model.
   *
   * @param id the id, such as {@code lenet-300-100}
   * @param type the record class
   * @return the entry, for its description
   */
  default Entry model(String id, Class<? extends Model> type) {
    return add(Model.class, id, type);
  }

  /**
   * Registers a data set.
   *
   * @param id the id, such as {@code digits}
   * @param type the record class
   * @return the entry, for its description
   */
  default Entry data(String id, Class<? extends DataSource> type) {
    return add(DataSource.class, id, type);
  }

  /** The description of an entry in {@code espalier list} and {@code espalier describe}. */
  interface Entry {

    /**
     * Sets the summary, one sentence.
     *
     * @param sentence the sentence
     * @return this entry
     */
    Entry summary(String sentence);

    /**
     * Sets the paper.
     *
     * @param citation authors, venue, year, arXiv number
     * @return this entry
     */
    Entry paper(String citation);

    /**
     * Declares a finding of a method, for reports and {@code espalier describe}. A report shows an
     * undeclared finding under its key.
     *
     * @param key the key in {@link Findings}, lower-case words with hyphens
     * @param name its name, such as {@code MACs of the narrow network}
     * @param unit the unit of a number, such as {@code MACs}; empty for a text, and for a number
     *     without a unit
     * @param meaning what it is, one sentence
     * @return this entry
     */
    default Entry finding(String key, String name, String unit, String meaning) {
      return this;
    }

    /**
     * Declares that reports draw a finding over another one. Of two lists of numbers each network
     * has a curve. Of two numbers the networks of a round have one together.
     *
     * @param key the key of a declared finding, the vertical axis
     * @param x the key of a declared finding, the horizontal axis
     * @return this entry
     */
    default Entry curve(String key, String x) {
      return this;
    }
  }
}
