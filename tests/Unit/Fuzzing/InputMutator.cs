using System.Text;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>
/// Damages inputs as transfers, disks and editors do: bytes are flipped, deleted, duplicated, overwritten, cut off, and spliced
/// with another input. The same seed gives the same damage.
/// </summary>
/// <param name="inputs">Valid inputs to damage; at least one.</param>
/// <param name="seed">The seed.</param>
/// <param name="parts">Parts of the format to insert, besides the general ones.</param>
internal sealed class InputMutator(IReadOnlyList<byte[]> inputs, ulong seed, params string[] parts)
{
    private const int MaxLength = 1 << 20;

    private readonly byte[][] _parts =
    [
        .. parts.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], [0xC3], [0xED, 0xA0, 0x80], [0], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "\r\n"u8.ToArray(), "\\ud800"u8.ToArray(), "\\u0000"u8.ToArray(),
        "-1"u8.ToArray(), "1e999"u8.ToArray(), "9223372036854775807"u8.ToArray(), "null"u8.ToArray(), "{"u8.ToArray(),
        "]"u8.ToArray(), "\""u8.ToArray(), Encoding.ASCII.GetBytes(new string('[', 200)),
    ];

    private ulong _state = seed;

    /// <summary>Returns the next damaged input.</summary>
    public byte[] Next()
    {
        List<byte> bytes = [.. inputs[Draw(inputs.Count)]];
        for (var rounds = 1 + Draw(4); rounds > 0; rounds--) Damage(bytes);
        return bytes.Count > MaxLength ? [.. bytes.Take(MaxLength)] : [.. bytes];
    }

    // SplitMix64.
    public int Draw(int count)
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)count);
    }

    private void Damage(List<byte> bytes)
    {
        var at = Draw(bytes.Count + 1);
        var length = Math.Min(1 + Draw(1 << Draw(10)), bytes.Count - at);
        switch (Draw(8))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << Draw(8)); break;
            case 1: bytes.RemoveRange(at, length); break;
            case 2: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 3 when at < bytes.Count: bytes[at] = (byte)Draw(256); break;
            case 4:
                var other = inputs[Draw(inputs.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[Draw(other.Length)..]);
                break;
            case 5: bytes.RemoveRange(at, bytes.Count - at); break;
            case 6:
                var part = _parts[Draw(_parts.Length)];
                for (var i = 0; i < part.Length && at + i < bytes.Count; i++) bytes[at + i] = part[i];
                break;
            default: bytes.InsertRange(at, _parts[Draw(_parts.Length)]); break;
        }
    }
}
