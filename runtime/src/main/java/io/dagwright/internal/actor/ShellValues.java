package io.dagwright.internal.actor;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.internal.code.ShellState;
import io.dagwright.internal.serialization.ByteSink;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.Diagnosis;
import io.dagwright.internal.serialization.SerializerRegistry;
import io.dagwright.internal.serialization.Subject;
import io.dagwright.internal.serialization.ValueCodec;
import java.lang.reflect.Field;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The values of a shell's variables, on their way from its static fields to those of a worker. */
final class ShellValues {

  private static final Choice BY_FIELDS = Choice.only(SerializerRegistry.CLOSURE);

  private final ValueCodec codec;

  ShellValues(ValueCodec codec) {
    this.codec = codec;
  }

  /**
   * Reads what the fields hold now. What two of them share they still share on a worker.
   *
   * @param classes told of the classes of the values
   * @throws NotSerializableTaskException naming the variable that cannot be sent
   */
  ShellState read(List<Field> fields, Consumer<Class<?>> classes) {
    if (fields.isEmpty()) {
      return ShellState.NONE;
    }
    Set<String> names = new LinkedHashSet<>();
    // Names and values alternate.
    @Nullable Object[] content = new @Nullable Object[2 * fields.size()];
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      String name = field.getDeclaringClass().getName() + "#" + field.getName();
      names.add(name);
      content[2 * i] = name;
      content[2 * i + 1] = valueOf(field);
    }
    try {
      return new ShellState(names, encode(content, classes));
    } catch (NotSerializableTaskException e) {
      fields.forEach(this::check);
      throw e;
    }
  }

  private byte[] encode(@Nullable Object value, Consumer<Class<?>> classes) {
    ByteSink sink = new ByteSink();
    codec.write(value, sink, BY_FIELDS, classes);
    return sink.toByteArray();
  }

  private void check(Field field) {
    Object value = valueOf(field);
    try {
      encode(value, type -> {});
    } catch (NotSerializableTaskException e) {
      throw value == null
          ? e
          : Diagnosis.blame(Subject.variable(field.getName()), value, e.getCause());
    }
  }

  private static @Nullable Object valueOf(Field field) {
    try {
      field.setAccessible(true);
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("an accessible field", e);
    }
  }

  /**
   * Gives the fields of a worker's classes the values that were read; runs their initializers.
   *
   * @throws CorruptPayloadException if the bytes are damaged
   * @throws CodeUnavailableException if a class does not have such a field
   */
  void restore(byte[] content, ClassLoader loader) {
    if (!(codec.read(content, loader) instanceof Object[] values) || values.length % 2 != 0) {
      throw new CorruptPayloadException("The bytes of a shell's variables are none.", null);
    }
    for (int i = 0; i < values.length; i += 2) {
      String name = String.valueOf(values[i]);
      int end = name.indexOf('#');
      try {
        Field field =
            Class.forName(name.substring(0, Math.max(end, 0)), true, loader)
                .getDeclaredField(name.substring(end + 1));
        field.setAccessible(true);
        field.set(null, values[i + 1]);
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        throw new CodeUnavailableException(
            "The shell's variable [" + name + "] is not here. Enter its snippet again.", e);
      }
    }
  }
}
