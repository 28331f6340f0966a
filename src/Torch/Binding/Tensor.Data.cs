using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public sealed unsafe partial class Tensor
    {
        /// <summary>The elements, in row-major order. A tensor of another device, or not contiguous, is copied first.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the element type.</exception>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            if (TypeOf<T>() != dtype)
                throw new ArgumentException($"The tensor holds {dtype}, not {TypeOf<T>()}. Convert it first: tensor.to({TypeOf<T>()}).");
            return new Utils.TensorAccessor<T>(is_cpu() && is_contiguous() ? alias().DetachFromDisposeScope() : cpu().contiguous().alias().DetachFromDisposeScope());
        }

        internal Span<T> Elements<T>() where T : unmanaged
        {
            void* address;
            Native.Check(Native.tllm_data(Handle, &address));
            return new Span<T>(address, checked((int)numel()));
        }

        /// <summary>The bytes of the elements in place: CPU, contiguous, under 2 GiB.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_cpu() || !is_contiguous()) throw new InvalidOperationException("Only a contiguous tensor on the CPU shows its bytes: tensor.cpu().contiguous().bytes");
                void* address;
                Native.Check(Native.tllm_data(Handle, &address));
                return new Span<byte>(address, checked((int)(numel() * ElementSize)));
            }
            set => value.CopyTo(bytes);
        }

        /// <summary>The only element.</summary>
        public T item<T>() where T : unmanaged
        {
            if (numel() != 1) throw new ArgumentException($"item() needs exactly one element; the tensor is {this}.");
            if (TypeOf<T>() != dtype) throw new ArgumentException($"The tensor holds {dtype}, not {TypeOf<T>()}. Convert it first: tensor.to({TypeOf<T>()}).");
            using var scope = NewDisposeScope();
            return MemoryMarshal.Read<T>(cpu().contiguous().bytes);
        }

        public static explicit operator float(Tensor value) => value.ToSingle();
        public static explicit operator double(Tensor value) => value.ToDouble();
        public static explicit operator long(Tensor value) => value.ToInt64();
        public static explicit operator int(Tensor value) => value.ToInt32();
        public static explicit operator bool(Tensor value) => value.ToBoolean();

        public bool allclose(Tensor target, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
            Operators.allclose.Number(this, target, rtol, atol, equal_nan).ToBoolean();

        /// <summary>True when shapes and all elements are equal.</summary>
        public bool Equals(Tensor target) => Operators.equal.Number(this, target).ToBoolean();

        public Tensor to(ScalarType type, bool copy = false) => Operators.to_dtype.Call(this, type, false, copy);
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => Operators.to_device.Call(this, device, dtype, non_blocking, copy);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => Operators.to_device.Call(this, device, type, non_blocking, copy);
        public Tensor to_type(ScalarType type, bool copy = false) => to(type, copy);
        public Tensor type_as(Tensor tensor) => to(tensor.dtype);
        public Tensor cpu() => is_cpu() ? alias() : to(CPU);
        public Tensor cuda() => to(CUDA);
        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor bfloat16() => to(ScalarType.BFloat16);
        public Tensor clone() => Operators.clone.Call(this);
        public Tensor contiguous() => Operators.contiguous.Call(this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Operators.copy_.InPlace(this, source, nonBlocking);
        public Tensor pin_memory() => Operators.pin_memory.Call(this);
    }

    /// <summary>Makes a tensor on the CPU that owns a copy of the elements.</summary>
    private static unsafe Tensor FromSpan<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> sizes) where T : unmanaged
    {
        var count = 1L;
        foreach (var size in sizes) count *= size;
        if (count != elements.Length)
            throw new ArgumentException($"{elements.Length} elements do not fill the shape [{string.Join(", ", sizes.ToArray())}], which has room for {count}.");
        nint handle;
        T nothing = default;
        fixed (T* data = elements)
        fixed (long* shape = sizes)
        {
            long none = 0;
            Native.Check(Native.tllm_from_memory(data is null ? &nothing : data, shape is null ? &none : shape, sizes.Length, (int)TypeOf<T>(), &handle));
        }
        return new Tensor(handle);
    }

    private static Tensor Place(Tensor made, ScalarType? dtype, Device? device, bool requires_grad)
    {
        var placed = made;
        if ((dtype is { } type && type != made.dtype) || (device is not null && device.type != DeviceType.CPU))
        {
            placed = made.to(dtype ?? made.dtype, device ?? CPU);
            made.Dispose();
        }
        return requires_grad ? placed.requires_grad_() : placed;
    }

    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) => Place(FromSpan<float>([scalar], []), null, device, requires_grad);
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<double>([scalar], []), dtype, device, requires_grad);
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<long>([scalar], []), dtype, device, requires_grad);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<float>(rawArray, [rawArray.Length]), dtype, device, requires_grad);
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<double>(rawArray, [rawArray.Length]), dtype, device, requires_grad);
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<long>(dataArray, [dataArray.Length]), dtype, device, requires_grad);
    public static Tensor tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<bool>(rawArray, [rawArray.Length]), dtype, device, requires_grad);
    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<byte>(rawArray, [rawArray.Length]), dtype, device, requires_grad);

    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<float>(rawArray, dimensions), dtype, device, requires_grad);
    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<double>(rawArray, dimensions), dtype, device, requires_grad);
    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<long>(dataArray, dimensions), dtype, device, requires_grad);
    public static Tensor tensor(bool[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Place(FromSpan<bool>(rawArray, dimensions), dtype, device, requires_grad);
}

/// <summary>The only element of a tensor, converted to a number of .NET.</summary>
public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => Item<float>(value, torch.ScalarType.Float32);
    public static double ToDouble(this torch.Tensor value) => Item<double>(value, torch.ScalarType.Float64);
    public static long ToInt64(this torch.Tensor value) => Item<long>(value, torch.ScalarType.Int64);
    public static int ToInt32(this torch.Tensor value) => checked((int)value.ToInt64());
    public static bool ToBoolean(this torch.Tensor value) => Item<bool>(value, torch.ScalarType.Bool);

    private static T Item<T>(torch.Tensor value, torch.ScalarType type) where T : unmanaged
    {
        using var scope = torch.NewDisposeScope();
        return value.to(type).item<T>();
    }
}
