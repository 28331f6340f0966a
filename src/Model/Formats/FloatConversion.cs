using System.Runtime.InteropServices;

namespace TurkishLlm.Model.Formats;

/// <summary>Converts elements of floating-point types to float32.</summary>
internal static class FloatConversion
{
    /// <summary>Returns true for the types that <see cref="Convert"/> supports.</summary>
    public static bool IsFloatingPoint(SafetensorsDtype type) =>
        type is SafetensorsDtype.F16 or SafetensorsDtype.BF16 or SafetensorsDtype.F32 or SafetensorsDtype.F64;

    /// <summary>Converts elements: exactly from 16 and 32 bits, to nearest with ties to even from 64 bits.</summary>
    /// <param name="type">Type of the elements in <paramref name="source"/>.</param>
    /// <param name="source">Little-endian.</param>
    /// <param name="destination">As many elements as <paramref name="source"/> holds.</param>
    public static void Convert(SafetensorsDtype type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case SafetensorsDtype.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case SafetensorsDtype.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(source);
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)halves[i];
                break;
            case SafetensorsDtype.BF16:
                var upper = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            case SafetensorsDtype.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(source);
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)doubles[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }
}
