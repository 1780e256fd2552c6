package io.dagwright;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@link CompletableFuture#supplyAsync} and {@code runAsync} hand to an executor, taken apart.
 *
 * @param future to complete
 * @param original the user's supplier or runnable
 */
record AsyncCall(CompletableFuture<@Nullable Object> future, Object original) {

  private static final String SUPPLY = "java.util.concurrent.CompletableFuture$AsyncSupply";
  private static final String RUN = "java.util.concurrent.CompletableFuture$AsyncRun";

  /** A supplier or runnable as a function that can be sent. */
  private record Function(Object original) implements Fn0<@Nullable Object> {
    @Override
    @SuppressWarnings("NullAway") // A supplier may give null.
    public @Nullable Object call() {
      if (original instanceof Supplier<?> supplier) {
        return supplier.get();
      }
      ((Runnable) original).run();
      return null;
    }
  }

  /** Takes a command apart; null if it is something else. */
  static @Nullable AsyncCall of(Runnable command) {
    String type = command.getClass().getName();
    if (!type.equals(SUPPLY) && !type.equals(RUN)) {
      return null;
    }
    try (Fields fields = new Fields(command)) {
      fields.writeObject(command);
      return fields.future == null || fields.function == null
          ? null
          : new AsyncCall(fields.future, lambda(fields.function));
    } catch (IOException | ReflectiveOperationException e) {
      return null; // Then it runs here.
    }
  }

  Fn0<@Nullable Object> function() {
    return new Function(original);
  }

  void complete(@Nullable Object result, @Nullable Throwable failure) {
    if (failure == null) {
      future.complete(result);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /** The lambda that a description stands for; anything else itself. */
  private static Object lambda(Object function) throws ReflectiveOperationException {
    if (!(function instanceof SerializedLambda form)) {
      return function;
    }
    Class<?> host =
        Class.forName(
            form.getCapturingClass().replace('/', '.'),
            false,
            Thread.currentThread().getContextClassLoader());
    Method rebuild = host.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
    rebuild.setAccessible(true);
    return rebuild.invoke(null, form);
  }

  /**
   * Sees the fields of an object on their way into a stream that nobody reads: reflection may not
   * look into the JDK, but serialization does, and these classes are {@link Serializable}.
   */
  private static final class Fields extends ObjectOutputStream {

    private final Object root;
    private @Nullable CompletableFuture<@Nullable Object> future;
    private @Nullable Object function;

    Fields(Object root) throws IOException {
      super(OutputStream.nullOutputStream());
      this.root = root;
      enableReplaceObject(true);
    }

    @Override
    @SuppressWarnings("unchecked") // It is completed with what its own supplier gives.
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (root.equals(object)) {
        return object;
      }
      if (object instanceof CompletableFuture<?> found) {
        future = (CompletableFuture<@Nullable Object>) found;
      } else if (object != null && !(object instanceof Throwable)) {
        function = object;
      }
      return null; // Nothing is really written.
    }
  }
}
