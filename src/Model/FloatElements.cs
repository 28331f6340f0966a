using System.Runtime.InteropServices;

namespace TurkishLlm.Model;

/// <summary>Elements of any floating-point type as float32.</summary>
internal static class FloatElements
{
    /// <summary>True for the types that <see cref="Convert"/> takes.</summary>
    public static bool Are(SafetensorsType type) =>
        type is SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F32 or SafetensorsType.F64;

    /// <summary>Exact from 16 and 32 bits, to nearest and ties to even from 64.</summary>
    /// <param name="type">Type of the elements in <paramref name="from"/>.</param>
    /// <param name="from">Little-endian.</param>
    /// <param name="to">As many elements as <paramref name="from"/> holds.</param>
    public static void Convert(SafetensorsType type, ReadOnlySpan<byte> from, Span<float> to)
    {
        switch (type)
        {
            case SafetensorsType.F32:
                from.CopyTo(MemoryMarshal.AsBytes(to));
                break;
            case SafetensorsType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(from);
                for (var i = 0; i < to.Length; i++) to[i] = (float)halves[i];
                break;
            case SafetensorsType.BF16:
                var upper = MemoryMarshal.Cast<byte, ushort>(from);
                for (var i = 0; i < to.Length; i++) to[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            case SafetensorsType.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(from);
                for (var i = 0; i < to.Length; i++) to[i] = (float)doubles[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }
}
