package io.dagwright.internal.code;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a walk learned from one loader, by the names of classes, so that the next walk need not ask.
 * Names the loader did not know and classes that can be redefined are not kept. Not thread-safe.
 */
final class LoaderMemory {

  /**
   * One class of a loader.
   *
   * @param location where it is; the JDK stands for every place of which workers have all classes
   * @param hash of the class file; null if the class is not loose
   * @param references the classes that it names if it is loose
   * @param isRedefinable whether its bytes may change while the class stays
   */
  record Known(
      CodeLocation location,
      @Nullable CodeHash hash,
      Set<String> references,
      boolean isRedefinable) {}

  final Map<String, Known> names = new HashMap<>();
  List<CodeLocation> classPath = List.of();

  private final WeakReference<ClassLoader> loader;

  private LoaderMemory(ClassLoader loader) {
    this.loader = new WeakReference<>(loader);
  }

  /** Memories of the loaders that are alive; there are few, and they are compared by identity. */
  static final class OfAll {

    private final List<LoaderMemory> memories = new ArrayList<>();

    LoaderMemory of(ClassLoader loader) {
      memories.removeIf(memory -> memory.loader.refersTo(null));
      for (LoaderMemory memory : memories) {
        if (memory.loader.refersTo(loader)) {
          return memory;
        }
      }
      LoaderMemory memory = new LoaderMemory(loader);
      memories.add(memory);
      return memory;
    }

    /** Those that are alive, in the order in which they were first asked for. */
    List<ClassLoader> loaders() {
      List<ClassLoader> alive = new ArrayList<>();
      for (LoaderMemory memory : memories) {
        ClassLoader loader = memory.loader.get();
        if (loader != null) {
          alive.add(loader);
        }
      }
      return alive;
    }
  }
}
