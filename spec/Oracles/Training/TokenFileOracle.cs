using System.Buffers.Binary;
using TurkishLlm.Files;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Reads the token ids of a split from the bytes of its files.</summary>
/// <remarks>
/// <c>manifest.json</c> lists the files of a split in order. A file has a header of 64 bytes, with the number of tokens at byte
/// 16, and then the ids as unsigned 16-bit numbers; all numbers are little-endian.
/// </remarks>
public sealed class TokenFileOracle
{
    private const int HeaderLength = 64;
    private readonly List<(string Path, long Count)> _files = [];

    /// <param name="directory">A directory of shards.</param>
    /// <param name="split"><c>train</c> or <c>validation</c>.</param>
    public TokenFileOracle(string directory, string split)
    {
        using var manifest = StrictJson.ParseFile(Path.Combine(directory, "manifest.json"));
        foreach (var shard in manifest.RootElement.GetProperty("shards").EnumerateArray())
        {
            if (shard.GetProperty("split").GetString() != split) continue;
            var path = Path.Combine(directory, shard.GetProperty("file").GetString()!);
            _files.Add((path, BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(path, 16, sizeof(long)))));
        }
    }

    /// <summary>Number of tokens.</summary>
    public long Count => _files.Sum(file => file.Count);

    /// <summary>Consecutive tokens, one by one.</summary>
    public long[] Read(long position, int length)
    {
        var ids = new List<long>();
        var first = 0L;
        foreach (var (path, count) in _files)
        {
            var (from, to) = (Math.Max(position, first), Math.Min(position + length, first + count));
            if (from < to)
            {
                var bytes = ReadBytes(path, HeaderLength + 2 * (from - first), (int)(2 * (to - from)));
                for (var i = 0; i < bytes.Length; i += 2) ids.Add(bytes[i] + 256 * bytes[i + 1]);
            }
            first += count;
        }
        return [.. ids];
    }

    private static byte[] ReadBytes(string path, long offset, int length)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = offset;
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
