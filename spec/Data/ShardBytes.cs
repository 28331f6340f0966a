namespace TurkishLlm.Spec.Data;

/// <summary>Reads tokens from shard files byte by byte, without the reader under test.</summary>
internal static class ShardBytes
{
    private const int HeaderBytes = 64;

    /// <summary>Tokens of several files as one sequence.</summary>
    public static long[] Read(IEnumerable<string> paths, long position, int count)
    {
        var tokens = new List<long>(count);
        foreach (var path in paths)
        {
            using var file = File.OpenRead(path);
            var inFile = (file.Length - HeaderBytes) / 2;
            if (position >= inFile)
            {
                position -= inFile;
                continue;
            }
            file.Position = HeaderBytes + 2 * position;
            position = 0;
            while (tokens.Count < count && file.Position < file.Length) tokens.Add(file.ReadByte() + 256L * file.ReadByte());
        }
        return [.. tokens];
    }
}
