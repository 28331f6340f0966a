using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// Results of oracles by the SHA-256 of all their inputs: many requirements, and every impostor of one, ask for the same result.
/// </summary>
internal static class OracleCache
{
    private const long MaximumBytes = 128L << 20;

    private static readonly Lock Lock = new();
    private static readonly Dictionary<string, (object Result, long Bytes)> Results = new(StringComparer.Ordinal);
    private static readonly Queue<string> Order = new();
    private static long _bytes;

    /// <summary>Returns the result for the inputs, which is computed once; callers must not change it.</summary>
    /// <param name="key">All inputs.</param>
    /// <param name="bytes">Size of the result.</param>
    /// <param name="compute">Computes the result.</param>
    public static T GetOrCompute<T>(OracleInputs key, long bytes, Func<T> compute)
        where T : class
    {
        if (bytes > MaximumBytes / 8) return compute();
        var hash = $"{typeof(T).Name} {key.ComputeHash()}";
        lock (Lock)
            if (Results.TryGetValue(hash, out var known)) return (T)known.Result;
        var result = compute();
        lock (Lock)
        {
            if (!Results.TryAdd(hash, (result, bytes))) return result;
            Order.Enqueue(hash);
            _bytes += bytes;
            while (_bytes > MaximumBytes && Results.Remove(Order.Dequeue(), out var oldest)) _bytes -= oldest.Bytes;
        }
        return result;
    }

    /// <summary>Frees all results.</summary>
    public static void Clear()
    {
        lock (Lock)
        {
            Results.Clear();
            Order.Clear();
            _bytes = 0;
        }
    }
}

/// <summary>The inputs of an oracle, in an order that the oracle chooses.</summary>
internal sealed class OracleInputs : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a value, such as the sizes, by its text.</summary>
    public OracleInputs Add(FormattableString value) => Add(FormattableString.Invariant(value).AsSpan());

    /// <summary>Adds the bits of numbers, and how many there are.</summary>
    public OracleInputs Add<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _hash.AppendData(MemoryMarshal.AsBytes<int>([values.Length]));
        _hash.AppendData(MemoryMarshal.AsBytes(values));
        return this;
    }

    /// <summary>Computes the hash of what was added.</summary>
    public string ComputeHash() => Convert.ToHexString(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
