using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization;

/// <summary>
/// A file of pre-token counts in ordinal order: a header, then the UTF-8 and the count of each pre-token, a final count of 0, and
/// the SHA-256 of everything before. Written atomically.
/// </summary>
internal static class CountsFile
{
    // Change this when the file format or the preprocessing of documents changes.
    private const string Version = "turkishllm pre-token counts 1";

    private static string GetHeader(SplitRule split) => $"{Version}; split by {split.Pattern}";

    /// <summary>Writes pre-tokens with their counts; they must be in ordinal order.</summary>
    public static void Write(string file, SplitRule split, IEnumerable<KeyValuePair<string, long>> sorted)
    {
        AtomicFile.Write(file, stream =>
        {
            using var sha = SHA256.Create();
            using (var hashed = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
            using (var buffered = new BufferedStream(hashed, 1 << 16))
            using (var writer = new BinaryWriter(buffered, Encoding.UTF8))
            {
                writer.Write(GetHeader(split));
                foreach (var (preToken, count) in sorted)
                {
                    writer.Write7BitEncodedInt64(count);
                    writer.Write(preToken);
                }
                writer.Write7BitEncodedInt64(0);
            }
            stream.Write(sha.Hash);
        });
    }

    /// <summary>Returns true if the file exists, is undamaged and was written with the split rule.</summary>
    public static bool IsValid(string file, SplitRule split)
    {
        if (!File.Exists(file)) return false;
        using var stream = File.OpenRead(file);
        if (stream.Length <= SHA256.HashSizeInBytes) return false;

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var rest = stream.Length - SHA256.HashSizeInBytes; rest > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(rest, buffer.Length));
            sha.AppendData(buffer, 0, read);
            rest -= read;
        }
        var recorded = new byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(recorded);
        if (!sha.GetHashAndReset().AsSpan().SequenceEqual(recorded)) return false;

        stream.Position = 0;
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        return string.Equals(reader.ReadString(), GetHeader(split), StringComparison.Ordinal);
    }

    /// <summary>Reads the pre-tokens of a valid file.</summary>
    public static IEnumerable<KeyValuePair<string, long>> Read(string file)
    {
        using var reader = new BinaryReader(
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), Encoding.UTF8);
        reader.ReadString();
        while (reader.Read7BitEncodedInt64() is var count and not 0) yield return new(reader.ReadString(), count);
    }
}
