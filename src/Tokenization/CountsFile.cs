using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Pieces with how often each occurs, in ordinal order, in a file: a heading, then for each piece its UTF-8 and its count,
/// a last count of 0, and the SHA-256 of all before. It appears whole or not at all.
/// </summary>
internal static class CountsFile
{
    // Raised when the format changes, or what a document is made of before it is split.
    private const string Version = "turkishllm piece counts 1";

    private static string Header => $"{Version}; split by {PreTokenizer.Pattern}";

    /// <summary>Writes pieces in ordinal order.</summary>
    public static void Write(string file, IEnumerable<KeyValuePair<string, long>> sorted)
    {
        var beside = file + ".partial";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using var sha = SHA256.Create();
            using (var hashed = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
            using (var buffered = new BufferedStream(hashed, 1 << 16))
            using (var writer = new BinaryWriter(buffered, Encoding.UTF8))
            {
                writer.Write(Header);
                foreach (var (piece, count) in sorted)
                {
                    writer.Write7BitEncodedInt64(count);
                    writer.Write(piece);
                }
                writer.Write7BitEncodedInt64(0);
            }
            stream.Write(sha.Hash);
            stream.Flush(flushToDisk: true);
        }
        File.Move(beside, file, overwrite: true);
    }

    /// <summary>True when a file is there, undamaged, and made by this split rule.</summary>
    public static bool IsValid(string file)
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
        return string.Equals(reader.ReadString(), Header, StringComparison.Ordinal);
    }

    /// <summary>The pieces of a file that is good.</summary>
    public static IEnumerable<KeyValuePair<string, long>> Read(string file)
    {
        using var reader = new BinaryReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), Encoding.UTF8);
        reader.ReadString();
        while (reader.Read7BitEncodedInt64() is var count and not 0) yield return new(reader.ReadString(), count);
    }
}
