package io.dagwright.internal.serialization;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What the calling thread has chosen for the graphs it submits, innermost first. */
public final class SerializerScope {

  private static final ThreadLocal<@Nullable Deque<SerializerScope>> OPEN = new ThreadLocal<>();

  private final String serializer;
  private final @Nullable SortedMap<String, String> bindings;

  private SerializerScope(String serializer, @Nullable SortedMap<String, String> bindings) {
    this.serializer = serializer;
    this.bindings = bindings;
  }

  /** A serializer for the calling thread, until what is returned is run by the same thread. */
  public static Runnable open(String serializer) {
    return push(new SerializerScope(serializer, null));
  }

  /** A whole choice for the calling thread, until what is returned is run by the same thread. */
  public static Runnable open(Choice choice) {
    return push(new SerializerScope(choice.serializer(), choice.bindings()));
  }

  private static Runnable push(SerializerScope scope) {
    Deque<SerializerScope> open = OPEN.get();
    if (open == null) {
      open = new ArrayDeque<>();
      OPEN.set(open);
    }
    open.push(scope);
    Deque<SerializerScope> scopes = open;
    AtomicBoolean isOpen = new AtomicBoolean(true);
    return () -> {
      if (isOpen.getAndSet(false)) {
        scopes.remove(scope);
        if (scopes.isEmpty()) {
          OPEN.remove();
        }
      }
    };
  }

  /** What holds for the calling thread. */
  public static Choice choice(Choice otherwise) {
    Deque<SerializerScope> scopes = OPEN.get();
    if (scopes == null) {
      return otherwise;
    }
    for (SerializerScope scope : scopes) {
      if (scope.bindings != null) {
        return new Choice(scopes.element().serializer, scope.bindings);
      }
    }
    return new Choice(scopes.element().serializer, otherwise.bindings());
  }
}
