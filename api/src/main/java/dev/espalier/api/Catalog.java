// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.DataSource;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * Where plugins name what they bring.
 *
 * <p>Ids are lower-case words joined by hyphens, unique within their kind over all plugins, part of
 * the file formats, and never reused.
 *
 * <p>Everything but a method is a <em>value</em>: a record whose components, each with a {@link
 * Setting}, are its settings. So its class and components say all about it, and a remembered step
 * can be keyed by them.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Catalog {

  /**
   * Names a class of any kind that an experiment can choose by id.
   *
   * @param kind the interface it is chosen for, such as {@link Criterion}
   * @param id the id, such as {@code magnitude}
   * @param type the record to build
   * @param <T> the kind
   * @return the entry, to be described further
   */
  <T> Entry add(Class<T> kind, String id, Class<? extends T> type);

  /**
   * Names a method: a class with a {@code jakarta.inject.Inject} constructor, and the record it
   * takes its settings from.
   *
   * @param id the id, such as {@code imp}
   * @param type the class of the method
   * @param settings its settings
   * @return the entry, to be described further
   */
  Entry method(String id, Class<? extends Method> type, Class<? extends Record> settings);

  /**
   * Names a criterion.
   *
   * @param id the id, such as {@code magnitude}
   * @param type the record to build
   * @return the entry, to be described further
   */
  default Entry criterion(String id, Class<? extends Criterion> type) {
    return add(Criterion.class, id, type);
  }

  /**
   * Names a pruning schedule.
   *
   * @param id the id, such as {@code geometric}
   * @param type the record to build
   * @return the entry, to be described further
   */
  default Entry schedule(String id, Class<? extends Schedule> type) {
    return add(Schedule.class, id, type);
  }

  /**
   * Names a split.
   *
   * @param id the id, such as {@code kels}
   * @param type the record to build
   * @return the entry, to be described further
   */
  default Entry split(String id, Class<? extends Split> type) {
    return add(Split.class, id, type);
  }

  /**
   * Names a model.
   *
   * @param id the id, such as {@code lenet-300-100}
   * @param type the record to build
   * @return the entry, to be described further
   */
  default Entry model(String id, Class<? extends Model> type) {
    return add(Model.class, id, type);
  }

  /**
   * Names a data set.
   *
   * @param id the id, such as {@code digits}
   * @param type the record to build
   * @return the entry, to be described further
   */
  default Entry data(String id, Class<? extends DataSource> type) {
    return add(DataSource.class, id, type);
  }

  /** What {@code espalier list} and {@code espalier describe} say about a named thing. */
  interface Entry {

    /**
     * Says in one sentence what it is.
     *
     * @param sentence the sentence
     * @return this entry
     */
    Entry summary(String sentence);

    /**
     * Says which paper it comes from.
     *
     * @param citation authors, venue, year, arXiv number
     * @return this entry
     */
    Entry paper(String citation);
  }
}
