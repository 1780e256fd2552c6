package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One object in Java's serialized form, for JDK types without a serializer here and for user
 * classes that take Java serialization into their own hands.
 *
 * <p>User objects inside it are replaced by numbered slots and written by Kryo, so that they need
 * not be {@code Serializable}. Only an allow-list of JDK classes is read.
 */
final class JavaFormSerializer extends Serializer<Object> {

  private static final int DEPTH_MAX = 200;

  private record Slot(int index) implements Serializable {}

  JavaFormSerializer() {
    super(false, false);
  }

  @Override
  public void write(Kryo kryo, Output output, Object object) {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    try (Writer writer = new Writer(form)) {
      writer.writeObject(object);
      writer.flush();
      output.writeVarInt(writer.slots.size(), true);
      for (Object slot : writer.slots) {
        kryo.writeClassAndObject(output, slot);
      }
    } catch (IOException e) {
      throw new RefusedException(
          object.getClass().getName() + " does not serialize: " + e.getMessage());
    }
    output.writeVarInt(form.size(), true);
    output.writeBytes(form.toByteArray());
  }

  @Override
  public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
    Object[] slots = new Object[BoundedInput.readCount(input)];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = kryo.readClassAndObject(input);
    }
    byte[] form = input.readBytes(input.readVarInt(true));
    try (Reader reader = new Reader(form, slots, kryo.getClassLoader())) {
      Object object = reader.readObject();
      if (object == null) {
        throw ByteSource.corrupt("an object came back as null");
      }
      return object;
    } catch (ClassNotFoundException e) {
      throw new MissingClassException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("an object in Java's form: " + e, e);
    }
  }

  private static final class Writer extends ObjectOutputStream {

    private final List<Object> slots = new ArrayList<>();
    private boolean insideRoot;

    Writer(OutputStream out) throws IOException {
      super(out);
      enableReplaceObject(true);
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (object == null || object instanceof Class<?>) {
        return object;
      }
      if (!insideRoot) {
        insideRoot = true;
        return object;
      }
      boolean isUsersLambda = // Of which ObjectOutputStream shows the description alone.
          object instanceof SerializedLambda form && !LambdaForm.isOfJdk(form);
      if (isUsersLambda || ClassPolicy.isOfUser(object.getClass())) {
        slots.add(object);
        return new Slot(slots.size() - 1);
      }
      Refusal refusal = Refusal.of(object.getClass());
      if (refusal != null || !ClassPolicy.isPlain(object.getClass())) {
        throw new RefusedException(
            object.getClass().getName()
                + ": "
                + (refusal == null ? "not a plain value of the JDK" : refusal.reason()));
      }
      return object;
    }
  }

  private static final class Reader extends ObjectInputStream {

    private final Object[] slots;
    private final ClassLoader loader;

    Reader(byte[] form, Object[] slots, ClassLoader loader) throws IOException {
      super(new ByteArrayInputStream(form));
      this.slots = slots;
      this.loader = loader;
      enableResolveObject(true);
      setObjectInputFilter(
          info -> {
            Class<?> type = info.serialClass();
            boolean allowed =
                info.depth() <= DEPTH_MAX
                    && info.arrayLength() <= form.length
                    && (type == null || ClassPolicy.allows(type));
            return allowed ? ObjectInputFilter.Status.ALLOWED : ObjectInputFilter.Status.REJECTED;
          });
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      String name = description.getName();
      if (name.equals(Slot.class.getName())) {
        return Slot.class;
      }
      try {
        return Class.forName(name, false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(description); // Names of primitive types.
      }
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces) throws IOException {
      throw new IOException("dynamic proxies are not read");
    }

    @Override
    protected Object resolveObject(Object object) {
      return object instanceof Slot slot ? slots[slot.index] : object;
    }
  }
}
